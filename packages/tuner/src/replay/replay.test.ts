// Recorded spaces, the numbers of the methodology by brute force, and the leak test.
import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import {
  expectedMinimum,
  expectedRankBaseline,
  methodologyScore,
  spaceStatistics,
} from "./methodology.ts";
import { recordedSpaceOf, type RecordedSpace } from "./recorded-space.ts";
import type { TrialOutcome } from "../observation.ts";
import { studySchema, type StudyLine } from "../study/study-line.ts";
import { recordedSpaceOfStudy } from "./recorded-study.ts";
import { prepareReplay, replayOnce } from "./replay.ts";
import { permuteValues, randomFraction, summarizeReplay } from "./summary.ts";

const nowNs = (): number => 0;

/** 720 combinations, of which 80 break a restriction; some of the others fail. */
function smoothSpace(): RecordedSpace {
  const cache: Record<string, unknown> = {};
  for (let x = 1; x <= 12; x++) {
    for (let y = 1; y <= 10; y++) {
      for (let z = 0; z < 3; z++) {
        for (const vector of [1, 2]) {
          if ((x * vector) % 3 === 1 && z === 2) continue;
          const time = 1 + 0.1 * (x - 9) ** 2 + 0.2 * (y - 4) ** 2 + 0.7 * z + 0.3 * vector;
          const entry = { x, y, z, vector, time: x * y > 70 ? "RuntimeFailedConfig" : time };
          cache[`${x},${y},${z},${vector}`] = entry;
        }
      }
    }
  }
  const numbers = (count: number, first: number): number[] =>
    Array.from({ length: count }, (_, i) => i + first);
  const tune_params = { x: numbers(12, 1), y: numbers(10, 1), z: numbers(3, 0), vector: [2, 1] };
  return recordedSpaceOf(
    { tune_params_keys: Object.keys(tune_params), tune_params, cache },
    "smooth",
  );
}

describe("recordedSpaceOf", () => {
  it("reads parameters, times and failures", () => {
    const space = smoothSpace();
    expect(space.parameters["vector"]).toEqual({ kind: "ordinal", values: [1, 2] });
    expect(space.points).toHaveLength(720 - 80);
    const failed = space.points.filter(({ failure }) => failure === "RuntimeFailedConfig");
    expect(failed.every(({ configuration: { x, y } }) => Number(x) * Number(y) > 70)).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ["a list", [], "the file must be an object"],
    ["no keys", { cache: {} }, "tune_params_keys must be a list of names"],
    [
      "no values",
      { tune_params_keys: ["a"], tune_params: {}, cache: {} },
      "tune_params.a must be a list",
    ],
    [
      "no time",
      { tune_params_keys: ["a"], tune_params: { a: [1] }, cache: { "1": { a: 1, time: "x" } } },
      "cache must hold at least one time, got none in 1",
    ],
    [
      "a missing value",
      { tune_params_keys: ["a"], tune_params: { a: [1] }, cache: { "1": { time: 1 } } },
      "cache entry 1: a must be a text, number or boolean, got none",
    ],
  ])("refuses %s", (_what, json, message) => {
    expect(() => recordedSpaceOf(json, "file")).toThrow(`file: ${message}`);
  });
});

describe("recordedSpaceOfStudy", () => {
  const header: StudyLine = {
    kind: "header",
    header: {
      schema: studySchema,
      studyId: "s",
      startedAt: "2026-01-01T00:00:00Z",
      subject: {},
      space: { parameters: { batch: { kind: "ordinal", values: [1, 2, 4] } } },
      objectives: [{ metric: "throughput", direction: "maximize" }],
      bounds: [],
      strategy: "exhaustive",
      seed: 0,
    },
  };
  const trial = (number: number, batch: number, outcome: TrialOutcome): StudyLine[] => [
    { kind: "ask", trial: number, configuration: { batch }, origin: "strategy" },
    { kind: "tell", trial: number, outcome },
  ];
  const fast = (value: number): TrialOutcome => ({ kind: "ok", values: { throughput: { value } } });

  it("reads results, failures and the first of two results", () => {
    const lines = [
      header,
      ...trial(0, 1, fast(10)),
      ...trial(1, 2, fast(20)),
      ...trial(2, 4, { kind: "failed", cause: "out-of-memory" }),
      ...trial(3, 1, fast(99)),
    ];
    expect(recordedSpaceOfStudy(lines, "study").points).toEqual([
      { configuration: { batch: 1 }, value: 0.1 },
      { configuration: { batch: 2 }, value: 0.05 },
      { configuration: { batch: 4 }, failure: "out-of-memory" },
    ]);
    expect(() => recordedSpaceOfStudy([header], "study")).toThrow(
      "study must have at least one result",
    );
  });
});

describe("the methodology", () => {
  const values = [9, 1, 5, 7, 3, 8, 2, 6, 4, 10];
  const statistics = spaceStatistics(values);

  it("has the budget of its definition", () => {
    // Median 5.5, cutoff 1 + 0.05 x 4.5 = 1.225: only the optimum, index 9 of 10 in descending order: 9 / (11 - 9).
    expect(statistics.cutoffValue).toBeCloseTo(1.225, 12);
    expect(statistics.budget).toBe(5);
    // Expected rank of the best of 2: 2 x 11 / 3 = 7.33, so index 7 in descending order.
    expect(expectedRankBaseline(statistics, 2)).toBe(3);
  });

  it("has the expected minimum of all subsets", () => {
    for (const draws of [1, 2, 3, 9, 10]) {
      let sum = 0;
      let count = 0;
      for (let mask = 0; mask < 1 << values.length; mask++) {
        const chosen = values.filter((_, i) => (mask >> i) & 1);
        if (chosen.length !== draws) continue;
        sum += Math.min(...chosen);
        count++;
      }
      expect(expectedMinimum(statistics, draws)).toBeCloseTo(sum / count, 10);
    }
  });

  it("gives 1 for the optimum at once and 0 for the baseline", () => {
    const squares = spaceStatistics(Array.from({ length: 400 }, (_, i) => i * i));
    const evaluations = Array.from({ length: squares.budget }, (_, i) => i + 1);
    expect(squares.budget).toBeGreaterThan(3);
    expect(
      methodologyScore(
        squares,
        evaluations.map(() => 0),
      ),
    ).toBe(1);
    const baseline = evaluations.map((m) => expectedRankBaseline(squares, m));
    expect(methodologyScore(squares, baseline)).toBe(0);
  });

  it("knows what random search reaches, with and without invalid configurations", () => {
    expect(randomFraction(statistics.sorted, 10, 10)).toBe(1);
    const mean = values.reduce((sum, value) => sum + 1 / value, 0) / 10;
    expect(randomFraction(statistics.sorted, 10, 1)).toBeCloseTo(mean, 12);
    expect(randomFraction(statistics.sorted, 40, 1)).toBeCloseTo(mean / 4, 12);
  });
});

describe("replay", () => {
  const prepared = prepareReplay(smoothSpace(), "valid");

  it("scores random search at about 0 and the Gaussian process far above", () => {
    const { budget } = spaceStatistics(prepared.values);
    const runsOf = (strategy: string, repeats: number): ReturnType<typeof summarizeReplay> =>
      summarizeReplay(
        prepared,
        strategy,
        Array.from({ length: repeats }, (_, seed) =>
          replayOnce(prepared, { strategy, budget, seed, nowNs }),
        ),
      );
    const random = runsOf("random", 200);
    expect(Math.abs(random.exactScore)).toBeLessThan(5 * random.scoreError);
    const gp = runsOf("gp", 5);
    expect(gp.score).toBeGreaterThan(0.6);
    expect(gp.milestones.every(({ fraction, randomFraction: r }) => fraction > r)).toBe(true);
  });

  it("sees nothing that it must not: with permuted values nothing can be learned", () => {
    // Other values for every run: with the same ones all runs would share the luck of one deal.
    const scores = Array.from({ length: 40 }, (_, seed) => {
      const shuffled = prepareReplay(permuteValues(smoothSpace(), Random.of(seed)), "valid");
      const run = replayOnce(shuffled, { strategy: "gp", budget: 30, seed, nowNs });
      return summarizeReplay(shuffled, "gp", [run]).exactScore;
    });
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
    expect(Math.abs(mean)).toBeLessThan(3 * Math.sqrt(variance / scores.length));
  });

  it("counts what the restrictions forbid when they are unknown", () => {
    const cartesian = prepareReplay(smoothSpace(), "cartesian");
    const run = replayOnce(cartesian, {
      strategy: "random",
      budget: 720,
      seed: 1,
      nowNs,
      isComplete: true,
    });
    const failed = smoothSpace().points.filter(({ value }) => value === undefined).length;
    expect(run.invalid).toBe(80 + failed);
    expect(run.best.at(-1)).toBe(Math.min(...cartesian.values));
  });
});
