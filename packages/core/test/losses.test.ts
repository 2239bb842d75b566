// Losses against their formulas in plain arithmetic: from probabilities, from logits and through a final activation;
// gradients by differences; finite for scores of +-10,000.
import { describe, expect, test } from "vitest";
import { sigmoid, softmax } from "../src/functional.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Graph } from "../src/graph/graph.ts";
import { configureLoss } from "../src/losses/loss.ts";
import * as table from "../src/losses/table.ts";
import type { NamedConfig } from "../src/model/config.ts";
import type { RefTensor } from "../src/ops/op.ts";
import { evaluate } from "../src/reference/evaluate.ts";
import { checkGradient, gradientGraph } from "../src/reference/gradient-check.ts";
import { sampleTensor } from "../src/reference/sample.ts";

/** How the prediction is made of the input `x`. */
type Prediction = "as it is" | "softmax" | "sigmoid";

/** Inputs `x` and `y`, output `loss` [batch]. */
function lossGraph(loss: NamedConfig, shape: readonly number[], prediction: Prediction): Graph {
  const builder = new GraphBuilder("loss");
  const x = builder.input("x", "f32", shape);
  const { targetType, perSample } = configureLoss(loss);
  const value = prediction === "softmax" ? softmax(x) : prediction === "sigmoid" ? sigmoid(x) : x;
  const { dtype, shape: targetShape } = targetType(value.type);
  const y = builder.input("y", dtype, targetShape);
  const output = { name: "out", value };
  const seen =
    prediction === "as it is"
      ? output
      : { ...output, logits: { activation: prediction, value: x } };
  builder.output("loss", perSample(seen, y));
  return builder.build();
}

function tensor(
  shape: readonly number[],
  data: readonly number[],
  dtype: "f32" | "i32" = "f32",
): RefTensor {
  return { dtype, shape, data: Float64Array.from(data) };
}

function lossOf(
  loss: NamedConfig,
  x: RefTensor,
  y: RefTensor,
  prediction: Prediction = "as it is",
  skipsGradient = false,
): number[] {
  const graph = lossGraph(loss, x.shape, prediction);
  if (!skipsGradient) expect(checkGradient(graph, { x, y }, { wrt: ["x"] }).faults).toEqual([]);
  return [...evaluate(graph, { x, y }).outputs["loss"]!.data];
}

function expectLosses(
  actual: readonly number[],
  expected: readonly number[],
  tolerance = 1e-6,
): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i]! - value), `${actual[i]}, expected ${value}`).toBeLessThan(tolerance);
  });
}

const rowsOf = (x: RefTensor, size: number): number[][] =>
  Array.from({ length: x.data.length / size }, (_, i) => [
    ...x.data.subarray(i * size, (i + 1) * size),
  ]);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly number[]): number => total(values) / values.length;

const scores = sampleTensor({ dtype: "f32", shape: [3, 4] }, 1);
const shares = sampleTensor({ dtype: "f32", shape: [3, 4] }, 2, { low: 0.05, high: 0.95 });
const targets = sampleTensor({ dtype: "f32", shape: [3, 4] }, 3);
const soft = sampleTensor({ dtype: "f32", shape: [3, 4] }, 4, { low: 0.1, high: 0.9 });
const signs = tensor([3, 4], [1, -1, 1, 1, -1, -1, 1, -1, 1, 1, -1, 1]);
const oneHot = tensor([3, 4], [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
const labels = tensor([3], [1, 0, 3], "i32");

/** The loss of each sample: the mean of a formula over pairs of prediction and target. */
function pairwise(x: RefTensor, y: RefTensor, formula: (p: number, t: number) => number): number[] {
  const [predictions, truths] = [rowsOf(x, 4), rowsOf(y, 4)];
  return predictions.map((row, i) => mean(row.map((p, j) => formula(p, truths[i]![j]!))));
}

describe("real values", () => {
  test("mean squared and mean absolute error", () => {
    for (const name of ["meanSquaredError", "mse"]) {
      expectLosses(
        lossOf(name, scores, targets),
        pairwise(scores, targets, (p, t) => (p - t) ** 2),
      );
    }
    for (const name of ["meanAbsoluteError", "mae"]) {
      expectLosses(
        lossOf(name, scores, targets),
        pairwise(scores, targets, (p, t) => Math.abs(p - t)),
      );
    }
  });

  test.each([1, 0.5, 2.5])("Huber with delta %d", (delta) => {
    const formula = (p: number, t: number): number => {
      const error = Math.abs(p - t);
      return error <= delta ? error ** 2 / 2 : delta * (error - delta / 2);
    };
    expectLosses(
      lossOf({ name: "huber", delta }, scores, targets),
      pairwise(scores, targets, formula),
    );
  });

  test("more axes are averaged too", () => {
    const [x, y] = [1, 2].map((seed) => sampleTensor({ dtype: "f32", shape: [2, 3, 2] }, seed));
    const expected = rowsOf(x!, 6).map((row, i) =>
      mean(row.map((p, j) => (p - rowsOf(y!, 6)[i]![j]!) ** 2)),
    );
    expectLosses(lossOf("mse", x!, y!), expected);
  });
});

const shareOf = (row: readonly number[]): number[] =>
  row.map((value) => Math.exp(value) / total(row.map(Math.exp)));
const crossEntropy = (t: readonly number[], p: readonly number[]): number =>
  -total(t.map((value, j) => value * Math.log(p[j]!)));

describe("categorical cross-entropy", () => {
  const byHand = (truth: RefTensor): number[] =>
    rowsOf(scores, 4).map((row, i) => crossEntropy(rowsOf(truth, 4)[i]!, shareOf(row)));

  test("through softmax, from logits, and sparse, agree", () => {
    for (const truth of [oneHot, soft]) {
      expectLosses(lossOf("categoricalCrossentropy", scores, truth, "softmax"), byHand(truth));
      const fromLogits = { name: "categoricalCrossentropy", fromLogits: true };
      expectLosses(lossOf(fromLogits, scores, truth), byHand(truth));
    }
    const sparse = "sparseCategoricalCrossentropy";
    expectLosses(lossOf(sparse, scores, labels, "softmax"), byHand(oneHot));
    expectLosses(lossOf({ name: sparse, fromLogits: true }, scores, labels), byHand(oneHot));
  });

  test("from probabilities, which are divided by their sum", () => {
    const expected = rowsOf(shares, 4).map((row, i) =>
      crossEntropy(
        rowsOf(oneHot, 4)[i]!,
        row.map((p) => p / total(row)),
      ),
    );
    expectLosses(lossOf("categoricalCrossentropy", shares, oneHot), expected);
    expectLosses(lossOf("sparseCategoricalCrossentropy", shares, labels), expected);
  });

  test("label smoothing", () => {
    const smooth = { ...oneHot, data: oneHot.data.map((t) => t * 0.8 + 0.2 / 4) };
    const loss = { name: "categoricalCrossentropy", labelSmoothing: 0.2 };
    expectLosses(lossOf(loss, scores, oneHot, "softmax"), byHand(smooth));
  });

  test("a probability of 0 costs -log of 1e-7 and not infinity", () => {
    const sure = tensor([1, 2], [1, 0]);
    const wrong = tensor([1, 2], [0, 1]);
    expectLosses(
      lossOf("categoricalCrossentropy", sure, wrong, "as it is", true),
      [-Math.log(1e-7)],
      1e-4,
    );
  });
});

describe("binary cross-entropy", () => {
  const formula = (p: number, t: number): number => -(t * Math.log(p) + (1 - t) * Math.log(1 - p));

  test("through sigmoid, from logits and from probabilities", () => {
    const expected = pairwise(scores, soft, (x, t) => formula(1 / (1 + Math.exp(-x)), t));
    expectLosses(lossOf("binaryCrossentropy", scores, soft, "sigmoid"), expected);
    expectLosses(lossOf({ name: "binaryCrossentropy", fromLogits: true }, scores, soft), expected);
    expectLosses(lossOf("binaryCrossentropy", shares, soft), pairwise(shares, soft, formula));
  });

  test("label smoothing", () => {
    const loss = { name: "binaryCrossentropy", labelSmoothing: 0.3 };
    const expected = pairwise(shares, oneHot, (p, t) => formula(p, t * 0.7 + 0.15));
    expectLosses(lossOf(loss, shares, oneHot), expected);
  });
});

describe("margins, distributions and directions", () => {
  test("hinge and its square", () => {
    const hinge = (p: number, t: number): number => Math.max(0, 1 - t * p);
    expectLosses(lossOf("hinge", scores, signs), pairwise(scores, signs, hinge));
    expectLosses(
      lossOf("squaredHinge", scores, signs),
      pairwise(scores, signs, (p, t) => hinge(p, t) ** 2),
    );
  });

  test("categorical hinge: the class against the best of the others", () => {
    const expected = rowsOf(scores, 4).map((row, i) => {
      const own = labels.data[i]!;
      const others = row.map((value, j) => (j === own ? 0 : value));
      return Math.max(0, 1 + Math.max(...others) - row[own]!);
    });
    expectLosses(lossOf("categoricalHinge", scores, oneHot), expected);
  });

  test("Kullback-Leibler divergence, 0 between equals", () => {
    const expected = rowsOf(shares, 4).map((row, i) =>
      total(rowsOf(soft, 4)[i]!.map((t, j) => t * Math.log(t / row[j]!))),
    );
    expectLosses(lossOf("klDivergence", shares, soft), expected);
    expectLosses(lossOf("klDivergence", soft, soft), [0, 0, 0]);
  });

  test("cosine similarity, -1 between parallels and 0 for nothing", () => {
    const expected = rowsOf(scores, 4).map((row, i) => {
      const truth = rowsOf(targets, 4)[i]!;
      return -total(row.map((p, j) => p * truth[j]!)) / (Math.hypot(...row) * Math.hypot(...truth));
    });
    expectLosses(lossOf("cosineSimilarity", scores, targets), expected);
    const twice = { ...scores, data: scores.data.map((value) => 2 * value) };
    expectLosses(lossOf("cosineSimilarity", scores, twice), [-1, -1, -1]);
    const nothing = tensor([1, 4], [0, 0, 0, 0]);
    expectLosses(
      lossOf("cosineSimilarity", nothing, tensor([1, 4], [1, 2, 3, 4]), "as it is", true),
      [0],
    );
  });
});

describe("scores of +-10,000 leave loss and gradient finite and right", () => {
  const wild = tensor([2, 3], [1e4, -1e4, 0, -1e4, -1e4, 1e4]);
  const truth = tensor([2, 3], [0, 1, 0, 0, 0, 1]);

  function gradientOf(loss: NamedConfig, prediction: Prediction, y: RefTensor): number[] {
    const graph = gradientGraph(lossGraph(loss, wild.shape, prediction), ["x"]);
    return [...evaluate(graph, { x: wild, y }).outputs["x"]!.data];
  }

  test("softmax", () => {
    const classes = tensor([2], [1, 2], "i32");
    for (const [loss, y] of [
      ["categoricalCrossentropy", truth],
      ["sparseCategoricalCrossentropy", classes],
    ] as const) {
      // The first sample is as wrong as can be, the second right.
      expectLosses(lossOf(loss, wild, y, "softmax", true), [2e4, 0]);
      const gradient = gradientOf(loss, "softmax", y);
      expect(gradient.every(Number.isFinite)).toBe(true);
      // softmax - target: 1, -1, 0 for the first, 0 for the second sample, times the weight of the test's sum.
      expect(gradient[0]).toBeGreaterThan(0.4);
      expect(gradient[1]).toBe(-gradient[0]!);
      expect(gradient.slice(3).every((value) => Math.abs(value) < 1e-12)).toBe(true);
    }
  });

  test("sigmoid", () => {
    expectLosses(lossOf("binaryCrossentropy", wild, truth, "sigmoid", true), [
      (1e4 + 1e4 + Math.log(2)) / 3,
      0,
    ]);
    expect(gradientOf("binaryCrossentropy", "sigmoid", truth).every(Number.isFinite)).toBe(true);
  });

  test.each([
    "hinge",
    "squaredHinge",
    "categoricalHinge",
    "huber",
    "mae",
    "mse",
    "cosineSimilarity",
    "klDivergence",
  ])("%s", (loss) => {
    expect(lossOf(loss, wild, truth, "as it is", true).every(Number.isFinite)).toBe(true);
    expect(gradientOf(loss, "as it is", truth).every(Number.isFinite)).toBe(true);
  });
});

test("unknown names and options are refused, shapes are named", () => {
  expect(() => configureLoss("meanSquareError")).toThrow(
    `loss: name must be one of ${Object.keys(table).sort().join(", ")}, got "meanSquareError"`,
  );
  expect(() => configureLoss({ name: "huber", delta: 0 })).toThrow(
    "loss huber: delta must be a number > 0, got 0",
  );
  expect(() => lossGraph("categoricalCrossentropy", [3], "as it is")).toThrow(
    "prediction must be [batch, ..., classes], got [3]",
  );
});
