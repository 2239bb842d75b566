// Searches in spaces of which a third fails, most of it beside the optimum: they must learn where, and still find the best.
import { expect, test } from "vitest";
import { Search } from "../../search.ts";
import { problemOfStudy } from "../../study/problem-of-study.ts";
import type { Configuration, SpaceDeclaration } from "../../space/declaration.ts";

interface FailingSpace {
  readonly parameters: SpaceDeclaration["parameters"];
  readonly fails: (c: Configuration) => boolean;
  /** To be made small. */
  readonly cost: (c: Configuration) => number;
  /** Optimum / best found after all trials that is wanted on average. */
  readonly leastFraction: number;
}

const range = (min: number, max: number) => ({ kind: "integer", min, max }) as const;
const number = (value: unknown): number => Number(value);

const spaces: Readonly<Record<string, FailingSpace>> = {
  // Best where tile x unroll is 32; 64 and more crash, and so do the smallest tiles with a cache.
  "a product and a combination": {
    parameters: {
      tile: { kind: "ordinal", values: [1, 2, 4, 8, 16, 32] },
      unroll: { kind: "ordinal", values: [1, 2, 4, 8] },
      cache: { kind: "categorical", values: ["off", "on"] },
      prefetch: { kind: "ordinal", values: [0, 1, 2, 3] },
    },
    fails: ({ tile, unroll, cache }) =>
      number(tile) * number(unroll) >= 64 || (tile === 1 && cache === "on"),
    cost: ({ tile, unroll, cache, prefetch }) =>
      (1 + 0.5 * Math.abs(Math.log2(number(tile) * number(unroll)) - 5)) *
      (cache === "on" ? 0.8 : 1) *
      (0.9 + 0.05 * Math.abs(number(prefetch) - 2)),
    leastFraction: 0.97,
  },
  "a half-plane": {
    parameters: { a: range(0, 15), b: range(0, 15), c: range(0, 3), d: range(0, 3) },
    fails: ({ a, b }) => 2 * number(a) + number(b) > 29,
    cost: ({ a, b, c, d }) =>
      1 +
      0.02 * ((number(a) - 11) ** 2 + (number(b) - 8) ** 2) +
      0.2 * (number(c) - 2) ** 2 +
      0.1 * (number(d) - 1) ** 2,
    leastFraction: 0.95,
  },
  "three regions": {
    parameters: {
      a: range(1, 12),
      b: range(1, 12),
      mode: { kind: "categorical", values: ["x", "y", "z"] },
      t: { kind: "ordinal", values: [1, 2, 4, 8, 16] },
    },
    fails: ({ a, b, mode, t }) =>
      number(a) * number(b) > 72 ||
      (mode === "x" && number(t) >= 4) ||
      (mode === "z" && number(a) <= 3 && number(b) <= 6) ||
      (mode === "y" && number(a) + number(b) < 6),
    cost: ({ a, b, mode, t }) =>
      1 +
      0.03 * ((number(a) - 8) ** 2 + (number(b) - 8) ** 2) +
      (mode === "x" ? 0.2 : mode === "y" ? 0 : 0.5) +
      0.15 * Math.abs(Math.log2(number(t)) - 2),
    leastFraction: 0.95,
  },
};

test.each(Object.entries(spaces))(
  "in the second half of a study few proposals fail, and the best is found: %s",
  (_name, { parameters, fails, cost, leastFraction }) => {
    const { space, ...rest } = problemOfStudy({
      space: { parameters },
      objectives: [{ metric: "ms", direction: "minimize" }],
      bounds: [],
    });
    const all = (space.list() ?? []).map((point) => space.configurationOf(point));
    const optimum = Math.min(...all.filter((c) => !fails(c)).map(cost));
    expect(all.filter(fails).length / all.length).toBeGreaterThan(0.25);
    const [seeds, trials] = [4, 60];
    let [failed, fraction] = [0, 0];
    for (let seed = 0; seed < seeds; seed++) {
      const search = new Search({ problem: { space, ...rest }, strategy: "gp", seed });
      let best = Infinity;
      for (let trial = 0; trial < trials; trial++) {
        const configuration = search.ask()[0]?.configuration ?? {};
        const isFailed = fails(configuration);
        if (isFailed && trial >= trials / 2) failed++;
        const value = cost(configuration);
        if (!isFailed) best = Math.min(best, value);
        search.tell({
          configuration,
          outcome: isFailed
            ? { kind: "failed", cause: "crashed" }
            : { kind: "ok", values: { ms: { value, variance: (0.005 * value) ** 2 } } },
        });
      }
      fraction += optimum / best / seeds;
    }
    expect(failed / ((seeds * trials) / 2)).toBeLessThan(0.1);
    expect(fraction).toBeGreaterThan(leastFraction);
  },
);

test("who finds nothing for long crosses a border again, but seldom", () => {
  const { space, ...rest } = problemOfStudy({
    space: { parameters: { a: range(0, 29), b: range(0, 29) } },
    objectives: [{ metric: "ms", direction: "minimize" }],
    bounds: [],
  });
  const search = new Search({ problem: { space, ...rest }, strategy: "gp", seed: 3 });
  const failures: number[] = [];
  for (let trial = 0; trial < 170; trial++) {
    const configuration = search.ask()[0]?.configuration ?? {};
    const isFailed = number(configuration["a"]) > 19;
    if (isFailed) failures.push(trial);
    const values = { ms: { value: 1 + number(configuration["b"]) } };
    search.tell({
      configuration,
      outcome: isFailed ? { kind: "failed", cause: "crashed" } : { kind: "ok", values },
    });
  }
  const late = failures.filter((trial) => trial >= 90);
  expect(late.length).toBeGreaterThan(0);
  expect(late.length).toBeLessThan(0.1 * 80);
});
