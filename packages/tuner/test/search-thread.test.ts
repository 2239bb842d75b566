// The threaded search: the same proposals as in this thread, errors as errors, and a caller that is never blocked.
import { expect, test } from "vitest";
import { Search, SearchThread, Space, type Observation, type Problem } from "../src/index.ts";

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
