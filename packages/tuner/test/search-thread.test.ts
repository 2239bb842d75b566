// The threaded search: the same proposals as in this thread, errors as errors, and a caller that is never blocked.
import { expect, test } from "vitest";
import {
  Search,
  SearchThread,
  Space,
  type Configuration,
  type Observation,
  type Problem,
  type SearchThreadOptions,
} from "../src/index.ts";

const space = new Space({
  parameters: {
    a: { kind: "integer", min: 1, max: 40 },
    b: { kind: "integer", min: 1, max: 40 },
    c: { kind: "categorical", values: ["x", "y", "z"] },
  },
  constraints: [
    { name: "a divides b", uses: ["a", "b"], holds: ({ a, b }) => Number(b) % Number(a) === 0 },
  ],
});
const problem: Problem = { space, objectives: [{ metric: "ms", direction: "minimize" }] };
const told = (configuration: Observation["configuration"]): Observation => ({
  configuration,
  outcome: {
    kind: "ok",
    values: {
      ms: { value: Math.abs(Number(configuration["a"]) - 7) + Number(configuration["b"]) },
    },
  },
});

test("proposes what a search in this thread proposes, while this thread goes on", async () => {
  const thread = new SearchThread({ problem, strategy: "gp", seed: 3 });
  const search = new Search({ problem, strategy: "gp", seed: 3 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  try {
    for (let trial = 0; trial < 40; trial++) {
      const [proposal] = await thread.ask();
      await thread.tell(told(proposal!.configuration));
      const [expected] = search.ask();
      search.tell(told(expected!.configuration));
      expect(proposal).toEqual(expected);
    }
    expect(ticks).toBeGreaterThan(0);
  } finally {
    clearInterval(timer);
    await thread.close();
  }
});

test("starts from a guess in words, or from the trials of an earlier study", async () => {
  const first = async (
    prior: NonNullable<SearchThreadOptions["prior"]>,
  ): Promise<Configuration> => {
    const thread = new SearchThread({ problem, strategy: "gp", seed: 4, prior });
    try {
      const [proposal] = await thread.ask();
      return proposal!.configuration;
    } finally {
      await thread.close();
    }
  };
  expect(await first({ guess: '3 * abs(a - 11) + b + (c == "z" ? 0 : 5)' })).toMatchObject({
    a: 11,
    b: 11,
    c: "z",
  });
  const earlier = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((a) =>
    [1, 2, 3].map((times) => told({ a, b: a * times, c: "y" })),
  );
  const { a, b } = await first({ earlier });
  expect(Math.abs(Number(a) - 7) + Number(b)).toBeLessThanOrEqual(10);
  expect(
    () => new SearchThread({ problem, strategy: "gp", seed: 4, prior: { guess: "d" } }),
  ).toThrow('space: formula "d": names must be parameters (a, b, c), got d');
});

test("rejects what the search refuses, and everything after its end", async () => {
  const thread = new SearchThread({ problem, strategy: "random", seed: 3 });
  await expect(thread.ask(0)).rejects.toMatchObject({ code: "USAGE" });
  await expect(thread.tell(told({ a: 99, b: 1, c: "x" }))).rejects.toThrow("parameter a");
  const [first, second] = await Promise.all([thread.ask(), thread.ask()]);
  expect(first).not.toEqual(second);
  const open = thread.ask(5);
  await Promise.all([
    expect(open).rejects.toMatchObject({ code: "CANCELLED" }),
    thread.close(),
  ]).catch(() => undefined);
  await expect(thread.ask()).rejects.toMatchObject({ code: "CANCELLED" });
});

test("refuses what cannot cross threads before it starts one", () => {
  expect(() => new SearchThread({ problem, strategy: "magic", seed: 1 })).toThrow(
    "strategy: must be one of",
  );
  const real = { kind: "real", min: 0, max: 1 } as const;
  const large = new Space({
    parameters: { x: real },
    constraints: [{ name: "low", uses: ["x"], holds: ({ x }) => Number(x) < 0.5 }],
  });
  expect(
    () => new SearchThread({ problem: { ...problem, space: large }, strategy: "gp", seed: 1 }),
  ).toThrow("write them as expressions");
});
