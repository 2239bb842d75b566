// A search in a space of which a third fails, next to its optimum: it must learn where, not only how fast.
import { expect, test } from "vitest";
import { Search } from "../../search.ts";
import { problemOfStudy } from "../../study/problem-of-study.ts";
import type { Configuration } from "../../space/declaration.ts";

/** Best where tile x unroll is 32; 64 and more crash, and so do the smallest tiles with a cache. */
function outcomeOf(configuration: Configuration): number | undefined {
  const { tile, unroll, cache, prefetch } = configuration;
  const product = Number(tile) * Number(unroll);
  if (product >= 64 || (tile === 1 && cache === "on")) return undefined;
  const distance = Math.abs(Math.log2(product) - 5);
  const cached = cache === "on" ? 0.8 : 1;
  return 1000 / ((1 + 0.5 * distance) * cached * (0.9 + 0.05 * Math.abs(Number(prefetch) - 2)));
}

test("in the second half of a study few proposals fail, and the best is found", () => {
  const problem = problemOfStudy({
    space: {
      parameters: {
        tile: { kind: "ordinal", values: [1, 2, 4, 8, 16, 32] },
        unroll: { kind: "ordinal", values: [1, 2, 4, 8] },
        cache: { kind: "categorical", values: ["off", "on"] },
        prefetch: { kind: "ordinal", values: [0, 1, 2, 3] },
      },
    },
    objectives: [{ metric: "speed", direction: "maximize" }],
    bounds: [],
  });
  const all = problem.space.list() ?? [];
  const values = all.map((point) => outcomeOf(problem.space.configurationOf(point)));
  expect(values.filter((value) => value === undefined).length / all.length).toBeCloseTo(1 / 3, 1);
  let failed = 0;
  const [seeds, trials] = [4, 60];
  for (let seed = 0; seed < seeds; seed++) {
    const search = new Search({ problem, strategy: "gp", seed });
    let best = 0;
    for (let trial = 0; trial < trials; trial++) {
      // As a study does: the default configuration first.
      const start = { tile: 4, unroll: 1, cache: "off", prefetch: 0 };
      const configuration = trial === 0 ? start : (search.ask()[0]?.configuration ?? {});
      const value = outcomeOf(configuration);
      if (value === undefined && trial >= trials / 2) failed++;
      best = Math.max(best, value ?? 0);
      search.tell({
        configuration,
        outcome:
          value === undefined
            ? { kind: "failed", cause: "crashed" }
            : { kind: "ok", values: { speed: { value, variance: (0.005 * value) ** 2 } } },
      });
    }
    expect(best).toBe(Math.max(...values.map((value) => value ?? 0)));
  }
  expect(failed / ((seeds * trials) / 2)).toBeLessThan(0.1);
});
