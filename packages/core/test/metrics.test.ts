// Metrics over several batches, masked and with several outputs, against scikit-learn 1.9 on the same numbers and
// against counting by hand.
import { describe, expect, test } from "vitest";
import { addSums, finishMetrics } from "../src/metrics/report.ts";
import type { JsonObject, NamedConfig } from "../src/model/config.ts";
import type { ModelSpec } from "../src/model/spec.ts";
import { evaluate, type RefMap } from "../src/reference/evaluate.ts";
import { tensorFrom } from "../src/graph/tensor.ts";
import { evalStep } from "../src/train/eval-step.ts";

const rows = 60;

/** Irregular numbers in [0, 1], rounded to f32 where the comparison with scikit-learn needs it. */
function irregular(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    Math.abs(Math.sin(seed + 2.7 * i * (1 + (i % 3)))),
  );
}

const single = (values: readonly number[]): number[] => values.map(Math.fround);

/** A model that passes its input on. */
function passThrough(...names: readonly (readonly [string, readonly number[]])[]): ModelSpec {
  return {
    name: "same",
    layers: names.flatMap(([name, shape]) => [
      { name: `in ${name}`, kind: "input", config: { shape: [...shape] }, inputs: [] },
      {
        name,
        kind: "activation",
        config: { activation: "linear" },
        inputs: [`in ${name}`],
      },
    ]),
    inputs: names.map(([name]) => `in ${name}`),
    outputs: names.map(([name]) => name),
  };
}

interface Sample {
  /** Scores [rows, ...shape] and targets: as many, or one label per row. */
  readonly scores: readonly number[];
  readonly targets: readonly number[];
  readonly shape: readonly number[];
  readonly weights?: readonly number[];
}

/** The metrics of a sample, evaluated in batches of the given size and added up. */
function measure(
  metrics: readonly NamedConfig[],
  { scores, targets, shape, weights }: Sample,
  batch = 15,
): Record<string, number> {
  const width = shape.reduce((product, size) => product * size, 1);
  const isLabels = targets.length * width === scores.length && width > 1;
  const step = evalStep(passThrough(["out", shape]), {
    batch,
    loss: isLabels ? "sparseCategoricalCrossentropy" : "meanSquaredError",
    metrics,
    isMasked: weights !== undefined,
  });
  const take = (values: readonly number[], at: number, size: number): Float64Array =>
    Float64Array.from(values.slice(at * size, (at + batch) * size));
  const targetSize = isLabels ? width / shape.at(-1)! : width;
  let sums: Float64Array | undefined;
  for (let at = 0; at < scores.length / width; at += batch) {
    const y = isLabels
      ? { dtype: "i32" as const, shape: [batch, ...shape.slice(0, -1)] }
      : { dtype: "f32" as const, shape: [batch, ...shape] };
    const inputs: RefMap = {
      x: { dtype: "f32", shape: [batch, ...shape], data: take(scores, at, width) },
      y: { ...y, data: take(targets, at, targetSize) },
      ...(weights === undefined
        ? {}
        : { mask: { dtype: "f32", shape: [batch], data: take(weights, at, 1) } }),
    };
    const run = evaluate(step.graph, inputs).outputs["metrics"]!;
    sums = addSums(step.report, tensorFrom("f32", run.shape, run.data), sums);
  }
  return finishMetrics(step.report, sums!);
}

/** Sums cross over as f32, a relative error of 6e-8 a batch. */
function expectMetric(actual: number | undefined, expected: number, tolerance = 1e-6): void {
  expect(Math.abs(actual! - expected), `${actual}, expected ${expected}`).toBeLessThan(tolerance);
}

const scores = single(irregular(rows, 1));
const yes = irregular(rows, 2).map((value, i) => (value + 0.4 * scores[i]! > 0.75 ? 1 : 0));
const weights = single(irregular(rows, 3));
const binary: Sample = { scores, targets: yes, shape: [1] };

describe("yes or no", () => {
  test("precision, recall and F1 as scikit-learn counts them, in batches of any size", () => {
    for (const batch of [rows, 15, 1]) {
      const found = measure(["precision", "recall", "f1"], binary, batch);
      expectMetric(found["precision"], 0.625);
      expectMetric(found["recall"], 0.5952380952380952);
      expectMetric(found["f1"], 0.6097560975609756);
    }
  });

  test("weighted samples", () => {
    const found = measure(["precision", "recall", "f1"], { ...binary, weights });
    expectMetric(found["precision"], 0.3677743639857045);
    expectMetric(found["recall"], 0.34094958203207215);
    expectMetric(found["f1"], 0.3538543219474962);
  });

  test("a mask of zeros leaves samples out", () => {
    const mask = scores.map((_, i) => (i % 4 === 0 ? 0 : 1));
    const kept = <T>(values: readonly T[]): T[] => values.filter((_, i) => mask[i] === 1);
    const half: Sample = { scores: kept(scores), targets: kept(yes), shape: [1] };
    const names = ["precision", "recall", "f1", "auc", "mae", "rmse", "r2", "binaryAccuracy"];
    const masked = measure(names, { ...binary, weights: mask });
    for (const [name, value] of Object.entries(measure(names, half))) {
      expectMetric(masked[name], value);
    }
  });

  test("the threshold moves the count", () => {
    const threshold = 0.8;
    const hits = scores.filter((score, i) => score > threshold && yes[i] === 1).length;
    const predicted = scores.filter((score) => score > threshold).length;
    const found = measure([{ name: "precision", threshold }, "precision"], binary);
    expectMetric(found["precision"], hits / predicted);
    expectMetric(found["precision_2"], 0.625);
    expect(hits / predicted).not.toBeCloseTo(0.625, 2);
  });

  test("never predicted, never true, and nothing at all", () => {
    const low = { ...binary, scores: scores.map(() => 0.1) };
    expect(measure(["precision", "recall", "f1"], low)).toMatchObject({
      precision: 0,
      recall: 0,
      f1: 0,
    });
    expect(measure(["auc"], { ...binary, targets: yes.map(() => 1) })["auc"]).toBeNaN();
  });
});

/** Share of pairs of a positive and a negative in the right order, ties half: the definition, pair by pair. */
function pairwise(
  values: readonly number[],
  truth: readonly number[],
  weight = values.map(() => 1),
): number {
  let [right, all] = [0, 0];
  values.forEach((high, i) => {
    values.forEach((low, j) => {
      if (truth[i] !== 1 || truth[j] !== 0) return;
      all += weight[i]! * weight[j]!;
      if (high >= low) right += (weight[i]! * weight[j]!) / (high === low ? 2 : 1);
    });
  });
  return right / all;
}

describe("area under the ROC curve", () => {
  const fine = { name: "auc", bins: 100_000 };

  test("as scikit-learn and by counting pairs", () => {
    expectMetric(measure([fine], binary)["auc"], 0.4417989417989418);
    expectMetric(measure([fine], binary)["auc"], pairwise(scores, yes));
    const weighted = measure([fine], { ...binary, weights })["auc"];
    expectMetric(weighted, 0.25913922816645385);
    expectMetric(weighted, pairwise(scores, yes, weights));
  });

  test("bins make ties of near scores, and are off by no more than these", () => {
    for (const bins of [2, 10, 200]) {
      const binned = scores.map((score) => Math.min(Math.floor(score * bins), bins - 1));
      const found = measure([{ name: "auc", bins }], binary)["auc"]!;
      expectMetric(found, pairwise(binned, yes));
      const isTied = (i: number, j: number): boolean => binned[i] === binned[j];
      let ties = 0;
      scores.forEach((_, i) => {
        scores.forEach((__, j) => (ties += yes[i] === 1 && yes[j] === 0 && isTied(i, j) ? 1 : 0));
      });
      const positives = yes.filter(Boolean).length;
      const bound = ties / 2 / (positives * (rows - positives));
      expect(Math.abs(found - 0.4417989417989418)).toBeLessThanOrEqual(bound + 1e-9);
    }
  });

  test("logits, and scores out of range or NaN", () => {
    const logits = scores.map((score) => Math.log(score / (1 - score)));
    const found = measure([{ ...fine, fromLogits: true }], { ...binary, scores: logits })["auc"];
    expectMetric(found, 0.4417989417989418);
    const wild = {
      ...binary,
      scores: scores.map((score, i) => (i === 0 ? NaN : i === 1 ? 7 : -score)),
    };
    expect(measure(["auc"], wild)["auc"]).toBeGreaterThan(0);
  });
});

const classes = 4;
const manyScores = single(irregular(rows * classes, 4));
const labels = irregular(rows, 5).map((value) => Math.min(Math.floor(4 * value), 3));
const oneHot = labels.flatMap((label) =>
  Array.from({ length: classes }, (_, c) => (c === label ? 1 : 0)),
);
const multi: Sample = { scores: manyScores, targets: labels, shape: [classes] };

describe("classes", () => {
  test("macro and micro averages as scikit-learn, from labels and one-hot rows", () => {
    for (const sample of [multi, { ...multi, targets: oneHot }]) {
      const macro = measure(["precision", "recall", "f1"], sample);
      expectMetric(macro["precision"], 0.2051834130781499);
      expectMetric(macro["recall"], 0.21726190476190477);
      expectMetric(macro["f1"], 0.20056377730796335);
      const micro = measure([{ name: "f1", average: "micro" }], sample);
      expectMetric(micro["f1"], 0.21666666666666667);
    }
  });

  test("the k best, as scikit-learn", () => {
    const metrics = [1, 2, 3].map((k): NamedConfig => ({ name: "topK", k }));
    for (const sample of [multi, { ...multi, targets: oneHot }]) {
      const found = measure(metrics, sample);
      expectMetric(found["topK"], 0.21666666666666667);
      expectMetric(found["topK_2"], 0.4166666666666667);
      expectMetric(found["topK_3"], 0.7333333333333333);
      expectMetric(measure(["accuracy"], sample)["accuracy"], 0.21666666666666667);
    }
    const lost = { ...multi, scores: manyScores.map(() => NaN) };
    expect(measure(["topK"], lost)["topK"]).toBe(0);
  });

  test("area under the curve of each class against the rest, as scikit-learn", () => {
    const soft = manyScores.map((score, i) => {
      const row = manyScores.slice(i - (i % classes), i - (i % classes) + classes);
      return score / row.reduce((sum, value) => sum + value, 0);
    });
    const found = measure([{ name: "auc", bins: 100_000 }], { ...multi, scores: soft })["auc"];
    expectMetric(found, 0.43146587212783666);
  });

  test("a threshold judges each output alone", () => {
    const found = measure([{ name: "recall", threshold: 0.5, average: "micro" }], {
      ...multi,
      targets: oneHot,
    })["recall"];
    const hits = manyScores.filter((score, i) => score > 0.5 && oneHot[i] === 1).length;
    expectMetric(found, hits / rows);
  });

  test("rows inside a sample carry its weight", () => {
    const mask = Array.from({ length: rows / 3 }, (_, i) => (i % 2 === 0 ? 0 : 2));
    const sample = { ...multi, shape: [3, classes], targets: oneHot, weights: mask };
    const found = measure(
      ["precision", "topK"].map((name): NamedConfig => name),
      sample,
      5,
    );
    const kept = labels.map((_, i) => mask[Math.floor(i / 3)] !== 0);
    const flat = measure(["precision", "topK"], {
      ...multi,
      weights: kept.map((isKept) => (isKept ? 1 : 0)),
    });
    expectMetric(found["precision"], flat["precision"]!);
    expectMetric(found["topK"], flat["topK"]!);
  });
});

describe("real values", () => {
  const offsets = [5, -1];
  const scales = [1, 3];
  const targets = irregular(rows * 2, 6).map((_, i) =>
    Math.fround(Math.fround(irregular(rows * 2, 6)[i]!) * scales[i % 2]! + offsets[i % 2]!),
  );
  const exact = single(irregular(rows * 2, 6)).map((v, i) => v * scales[i % 2]! + offsets[i % 2]!);
  const noise = irregular(rows * 2, 7);
  const predictions = exact.map((value, i) => Math.fround(value + 0.3 * (noise[i]! - 0.5)));
  const sample: Sample = { scores: predictions, targets, shape: [2] };

  test("errors and R2 as scikit-learn", () => {
    const found = measure(["mae", "mse", "rmse", "r2"], sample);
    expectMetric(found["mae"], 0.08900092729212095);
    expectMetric(found["mse"], 0.010037529765064914);
    expectMetric(found["rmse"], 0.10018747309451873);
    // y is 5.6 with a spread of 0.3: the denominator loses (5.6 / 0.3)^2 of 1e-7.
    expectMetric(found["r2"], 0.944005760469744, 1e-5);
    expectMetric(measure(["r2"], { ...sample, weights })["r2"], 0.9409782833807889, 1e-5);
  });

  test("an offset keeps R2 exact far from zero", () => {
    const far = (values: readonly number[]): number[] =>
      values.map((value) => Math.round(value * 64) / 64 + 4096);
    const near = (values: readonly number[]): number[] =>
      values.map((value) => Math.round(value * 64) / 64);
    const expected = measure(["r2"], {
      ...sample,
      scores: near(predictions),
      targets: near(targets),
    });
    const found = measure([{ name: "r2", offset: 4096 }], {
      ...sample,
      scores: far(predictions),
      targets: far(targets),
    });
    expectMetric(found["r2"], expected["r2"]!, 1e-5);
  });

  test("equal targets: 1 if predicted exactly, else 0", () => {
    const flat = { ...sample, targets: targets.map(() => 0.1), scores: targets.map(() => 0.1) };
    expect(measure(["r2"], flat)["r2"]).toBe(1);
    expect(measure(["r2"], { ...flat, scores: predictions })["r2"]).toBe(0);
  });
});

test("several outputs are measured one by one", () => {
  const step = evalStep(passThrough(["a", [1]], ["b", [2]]), {
    batch: 3,
    loss: { outputs: { a: "mse", b: "mae" } },
    metrics: { outputs: { a: ["mae", "precision"], b: ["rmse"] } },
  });
  const tensor = (shape: readonly number[], data: readonly number[]): RefMap[string] => ({
    dtype: "f32",
    shape,
    data: Float64Array.from(data),
  });
  const { outputs } = evaluate(step.graph, {
    "x/in a": tensor([3, 1], [1, 0, 1]),
    "x/in b": tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "y/a": tensor([3, 1], [1, 1, 0]),
    "y/b": tensor([3, 2], [1, 2, 3, 4, 5, 9]),
  });
  const run = outputs["metrics"]!;
  const found = finishMetrics(
    step.report,
    addSums(step.report, tensorFrom("f32", run.shape, run.data)),
  );
  expect(found["a/mae"]).toBeCloseTo(2 / 3, 6);
  expect(found["a/precision"]).toBeCloseTo(1 / 2, 6);
  expect(found["b/rmse"]).toBeCloseTo(Math.sqrt(9 / 6), 6);
  expect(Object.keys(found)).toEqual(["a/loss", "a/mae", "a/precision", "b/loss", "b/rmse"]);
});

test.each<readonly [NamedConfig, JsonObject & { shape: number[] }, string]>([
  [
    "r2",
    { shape: [4], loss: "sparseCategoricalCrossentropy" },
    'output "out": metric r2: target must be of the output\'s type, got output f32[2,4], target i32[2]',
  ],
  [
    "topK",
    { shape: [1], loss: "meanSquaredError" },
    'output "out": metric topK: output must have two classes or more, got [2,1]',
  ],
  [
    { name: "topK", k: 0 },
    { shape: [3], loss: "meanSquaredError" },
    "metric topK: k must be an integer >= 1, got 0",
  ],
])("%o refuses what it cannot judge", (metric, { shape, loss }, message) => {
  const options = { batch: 2, loss: loss as string, metrics: [metric] };
  expect(() => evalStep(passThrough(["out", shape]), options)).toThrow(message);
});
