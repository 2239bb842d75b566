// Reductions, losses, layers' ops, normalisation, dropout and attention: forward against their definitions computed
// with plain loops, gradient rules against central differences.
import { describe, expect, test } from "vitest";
import * as f from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { sizeOf, type Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { RefTensor } from "../ops/op.ts";
import { evaluate, type RefMap } from "../reference/evaluate.ts";
import { checkGradient } from "../reference/gradient-check.ts";
import { sampleTensor } from "../reference/sample.ts";

type Formula = (...operands: Value[]) => Value;

/** Evaluates a formula on f32 operands and checks its gradient on the way; keys and labels are i32. */
function run(formula: Formula, operands: readonly RefTensor[], skipGradient = false): RefTensor {
  const builder = new GraphBuilder("formula");
  const values = operands.map(({ dtype, shape }, i) => builder.input(`x${i}`, dtype, shape));
  builder.output("y", formula(...values));
  const inputs: RefMap = Object.fromEntries(operands.map((operand, i) => [`x${i}`, operand]));
  if (!skipGradient) expect(checkGradient(builder.build(), inputs).faults).toEqual([]);
  return evaluate(builder.build(), inputs).outputs["y"]!;
}

function floats(shape: Shape, seed: number): RefTensor {
  return sampleTensor({ dtype: "f32", shape }, seed);
}

function ints(shape: Shape, values: readonly number[]): RefTensor {
  return { dtype: "i32", shape, data: Float64Array.from(values) };
}

function expectClose(actual: RefTensor, expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.data.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual.data[i]! - value)).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(value)),
    );
  });
}

/** Rows of the last axis. */
function rows({ data, shape }: RefTensor): number[][] {
  const size = shape.at(-1)!;
  return Array.from({ length: data.length / size }, (_, i) => [
    ...data.subarray(i * size, (i + 1) * size),
  ]);
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** log(softmax(row)) by definition, which is fine for the small numbers here. */
function logSoftmaxRow(row: readonly number[]): number[] {
  const sum = total(row.map(Math.exp));
  return row.map((value) => Math.log(Math.exp(value) / sum));
}

describe("reductions", () => {
  test("mean over inner and negative axes", () => {
    const x = floats([2, 3, 4], 1);
    const means = rows(x).map((row) => total(row) / 4);
    expectClose(
      run((v) => f.reduceMean(v, [-1]), [x]),
      means,
    );
    const lead = [0, 1].map((i) => total(means.slice(i * 3, i * 3 + 3)) / 3);
    expectClose(
      run((v) => f.reduceMean(v, [1, 2], true), [x]),
      lead,
    );
    expect(run((v) => f.reduceMean(v, [1, 2], true), [x]).shape).toEqual([2, 1, 1]);
  });

  test("logSumExp is the definition, survives large numbers, and is -Infinity for no chance", () => {
    const x = floats([2, 5], 2);
    const sums = rows(x).map((row) => Math.log(total(row.map(Math.exp))));
    expectClose(
      run((v) => f.logSumExp(v, [1]), [x]),
      sums,
    );
    const large: RefTensor = { dtype: "f32", shape: [2], data: Float64Array.of(1000, 1000) };
    expectClose(
      run((v) => f.logSumExp(v, [0]), [large]),
      [1000 + Math.LN2],
    );
    const none: RefTensor = { ...large, data: Float64Array.of(-Infinity, -Infinity) };
    expect([...run((v) => f.logSumExp(v, [0]), [none], true).data]).toEqual([-Infinity]);
  });

  test("softmax and logSoftmax along the last and an inner axis", () => {
    const x = floats([3, 4], 3);
    const logs = rows(x).flatMap(logSoftmaxRow);
    expectClose(
      run((v) => f.logSoftmax(v), [x]),
      logs,
    );
    expectClose(
      run((v) => f.softmax(v), [x]),
      logs.map(Math.exp),
    );
    const columns = run((v) => f.softmax(v, 0), [x]);
    expectClose(
      run((v) => f.reduceSum(v, [0]), [columns]),
      [1, 1, 1, 1],
    );
    const large: RefTensor = { dtype: "f32", shape: [2], data: Float64Array.of(1000, 0) };
    expectClose(
      run((v) => f.logSoftmax(v), [large]),
      [0, -1000],
    );
  });
});

describe("losses", () => {
  const logits = floats([3, 4], 4);

  test("softmaxCrossEntropy against any targets, also ones that do not sum to 1", () => {
    const targets = floats([3, 4], 5);
    const expected = rows(logits).map(
      (row, i) => -total(logSoftmaxRow(row).map((value, j) => value * rows(targets)[i]![j]!)),
    );
    expectClose(run(f.softmaxCrossEntropy, [logits, targets]), expected);
  });

  test("sparseSoftmaxCrossEntropy picks the label's term and 0 for a label outside", () => {
    const labels = ints([3], [2, 0, 3]);
    const expected = rows(logits).map((row, i) => -logSoftmaxRow(row)[labels.data[i]!]!);
    expectClose(run(f.sparseSoftmaxCrossEntropy, [logits, labels]), expected);
    const outside = run(f.sparseSoftmaxCrossEntropy, [logits, ints([3], [2, 4, -1])]);
    expectClose(outside, [expected[0]!, 0, 0]);
  });

  test("a masked class costs nothing", () => {
    const masked: RefTensor = { dtype: "f32", shape: [1, 2], data: Float64Array.of(1, -Infinity) };
    const loss = run(f.sparseSoftmaxCrossEntropy, [masked, ints([1], [0])], true);
    expect(Math.abs(loss.data[0]!)).toBe(0);
  });

  test("sigmoidCrossEntropy is the definition, with broadcasting, and finite far out", () => {
    const x = floats([2, 3], 6);
    const targets: RefTensor = { dtype: "f32", shape: [3], data: Float64Array.of(0, 1, 0.25) };
    const expected = [...x.data].map((value, i) => {
      const s = 1 / (1 + Math.exp(-value));
      const t = targets.data[i % 3]!;
      return -t * Math.log(s) - (1 - t) * Math.log(1 - s);
    });
    expectClose(run(f.sigmoidCrossEntropy, [x, targets]), expected);
    const far: RefTensor = { dtype: "f32", shape: [2], data: Float64Array.of(800, -800) };
    const hits: RefTensor = { dtype: "f32", shape: [2], data: Float64Array.of(0, 0) };
    expectClose(run(f.sigmoidCrossEntropy, [far, hits]), [800, 0]);
  });

  test("oneHot marks the index and nothing for an index outside", () => {
    const hot = run((v) => f.oneHot(v, 3), [ints([2, 2], [0, 2, 3, -1])], true);
    expect(hot.shape).toEqual([2, 2, 3]);
    expect([...hot.data]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });
});

describe("affine maps", () => {
  test.each([
    { lead: [2], k: 3, n: 4 },
    { lead: [2, 3], k: 1, n: 2 },
    { lead: [0], k: 2, n: 3 },
  ])("dense over $lead rows of $k", ({ lead, k, n }) => {
    const [x, w, b] = [floats([...lead, k], 7), floats([k, n], 8), floats([n], 9)];
    const expected = rows(x)
      .slice(0, sizeOf(lead))
      .flatMap((row) =>
        [...b.data].map((bias, j) => bias + total(row.map((v, p) => v * w.data[p * n + j]!))),
      );
    const y = run(f.dense, [x, w, b]);
    expect(y.shape).toEqual([...lead, n]);
    expectClose(y, expected);
  });

  test("convBias adds the bias of the channel to the convolution", () => {
    const [x, w, b] = [floats([2, 2, 5], 10), floats([3, 2, 2], 11), floats([3], 12)];
    const options = { strides: [2], padding: [[1, 0]] as const };
    const plain = run((v, u) => f.conv(v, u, options), [x, w], true);
    const y = run((v, u, c) => f.convBias(v, u, c, options), [x, w, b]);
    const perRow = plain.shape[2]!;
    expectClose(
      y,
      [...plain.data].map((value, i) => value + b.data[Math.floor(i / perRow) % 3]!),
    );
  });

  test("operands that do not fit are named with their shapes", () => {
    expect(() => run(f.dense, [floats([2, 3], 1), floats([4, 2], 2), floats([2], 3)])).toThrow(
      "dense: operands must be x [..., k], w [k, n], b [n] of one dtype, got x=f32[2,3], w=f32[4,2], b=f32[2]",
    );
    expect(() =>
      run(
        (v, u, c) => f.convBias(v, u, c),
        [floats([1, 1, 3], 1), floats([2, 1, 1], 2), floats([3], 3)],
      ),
    ).toThrow("convBias: bias must be f32[co] with co=2, got f32[3]");
  });
});

describe("normalisation", () => {
  const epsilon = 0.125;

  /** (x - mean) / sqrt(variance + epsilon) of the elements with the same key. */
  function normalized(x: RefTensor, keyOf: (index: number) => number): number[] {
    const groups = new Map<number, number[]>();
    x.data.forEach((_, i) => groups.set(keyOf(i), [...(groups.get(keyOf(i)) ?? []), i]));
    const result = new Array<number>(x.data.length).fill(0);
    for (const members of groups.values()) {
      const mean = total(members.map((i) => x.data[i]!)) / members.length;
      const variance = total(members.map((i) => (x.data[i]! - mean) ** 2)) / members.length;
      for (const i of members) result[i] = (x.data[i]! - mean) / Math.sqrt(variance + epsilon);
    }
    return result;
  }

  test("layerNorm over the last axis and over the last two", () => {
    const x = floats([2, 3, 4], 13);
    const [scale, bias] = [floats([4], 14), floats([4], 15)];
    const last = normalized(x, (i) => Math.floor(i / 4));
    expectClose(
      run((v, s, b) => f.layerNorm(v, s, b, -1, epsilon), [x, scale, bias]),
      last.map((value, i) => value * scale.data[i % 4]! + bias.data[i % 4]!),
    );
    const [scale2, bias2] = [floats([3, 4], 16), floats([3, 4], 17)];
    expectClose(
      run((v, s, b) => f.layerNorm(v, s, b, 1, epsilon), [x, scale2, bias2]),
      normalized(x, (i) => Math.floor(i / 12)).map(
        (value, i) => value * scale2.data[i % 12]! + bias2.data[i % 12]!,
      ),
    );
  });

  test("groupNorm within groups of channels", () => {
    const x = floats([2, 4, 3], 18);
    const [scale, bias] = [floats([4], 19), floats([4], 20)];
    const channel = (i: number): number => Math.floor(i / 3) % 4;
    expectClose(
      run((v, s, b) => f.groupNorm(v, s, b, 2, epsilon), [x, scale, bias]),
      normalized(x, (i) => Math.floor(i / 6)).map(
        (value, i) => value * scale.data[channel(i)]! + bias.data[channel(i)]!,
      ),
    );
  });

  test("batchNormTraining per channel, batchNorm with the same statistics given", () => {
    const x = floats([3, 2, 2, 2], 21);
    const [scale, bias] = [floats([2], 22), floats([2], 23)];
    const channel = (i: number): number => Math.floor(i / 4) % 2;
    const expected = normalized(x, channel).map(
      (value, i) => value * scale.data[channel(i)]! + bias.data[channel(i)]!,
    );
    expectClose(
      run((v, s, b) => f.batchNormTraining(v, s, b, epsilon), [x, scale, bias]),
      expected,
    );
    const others = [0, 2, 3];
    const mean = run((v) => f.reduceMean(v, others), [x]);
    const spread = run(
      (v) => f.sub(f.reduceMean(f.square(v), others), f.square(f.reduceMean(v, others))),
      [x],
    );
    expectClose(
      run((v, s, b, m, d) => f.batchNorm(v, s, b, m, d, epsilon), [x, scale, bias, mean, spread]),
      expected,
      1e-9,
    );
  });
});

describe("dropout", () => {
  const key = ints([2], [1, 2]);

  test("drops about the share, scales the rest, and is the same for the same key", () => {
    const ones: RefTensor = { dtype: "f32", shape: [2000], data: new Float64Array(2000).fill(1) };
    const y = run((v, k) => f.dropout(v, k, 0.25), [ones, key], true);
    const kept = [...y.data].filter((value) => value !== 0);
    expect(new Set(kept).size).toBe(1);
    expect(kept[0]).toBeCloseTo(4 / 3, 6);
    // Six standard deviations of a binomial with 2000 trials of 0.75: 116.
    expect(Math.abs(kept.length - 1500)).toBeLessThan(116);
    expect(run((v, k) => f.dropout(v, k, 0.25), [ones, key], true).data).toEqual(y.data);
    expect(run((v, k) => f.dropout(v, k, 0.25), [ones, ints([2], [1, 3])], true).data).not.toEqual(
      y.data,
    );
  });

  test("its gradient drops the same elements", () => {
    expect(run((v, k) => f.dropout(v, k, 0.5), [floats([3, 5], 24), key]).shape).toEqual([3, 5]);
  });
});

describe("attention", () => {
  const [q, k, v] = [floats([2, 3, 4], 25), floats([2, 3, 4], 26), floats([2, 3, 2], 27)];

  test.each([false, true])("is softmax(scale q k^T) v, causal: %s", (causal) => {
    const expected = [0, 1].flatMap((batch) =>
      [0, 1, 2].flatMap((t) => {
        const scores = [0, 1, 2].map((s) =>
          causal && s > t
            ? -Infinity
            : 0.5 *
              total(
                [0, 1, 2, 3].map(
                  (d) => q.data[(batch * 3 + t) * 4 + d]! * k.data[(batch * 3 + s) * 4 + d]!,
                ),
              ),
        );
        const weights = logSoftmaxRow(scores).map(Math.exp);
        return [0, 1].map((e) =>
          total(weights.map((w, s) => w * v.data[(batch * 3 + s) * 2 + e]!)),
        );
      }),
    );
    expectClose(
      run((a, b, c) => f.attention(a, b, c, 0.5, causal), [q, k, v]),
      expected,
    );
  });
});

describe("quantisation", () => {
  test("quantizeLinear rounds halves to even and saturates, per tensor and per channel", () => {
    const x: RefTensor = {
      dtype: "f32",
      shape: [2, 3],
      data: Float64Array.of(0.5, 1.5, -1.5, 300, -300, 2),
    };
    const one: RefTensor = { dtype: "f32", shape: [], data: Float64Array.of(1) };
    const i8 = run((v, s) => f.quantizeLinear(v, s, "i8"), [x, one], true);
    expect([...i8.data]).toEqual([0, 2, -2, 127, -128, 2]);
    const u8 = run((v, s) => f.quantizeLinear(v, s, "u8", 128), [x, one], true);
    expect([...u8.data]).toEqual([128, 130, 126, 255, 0, 130]);
    const perRow: RefTensor = { dtype: "f32", shape: [2], data: Float64Array.of(0.5, 100) };
    const rowsOf = run((v, s) => f.quantizeLinear(v, s, "i8", 0, 0), [x, perRow], true);
    expect([...rowsOf.data]).toEqual([1, 3, -3, 3, -3, 0]);
    expectClose(
      run((v, s) => f.dequantizeLinear(v, s, 0, 0), [rowsOf, perRow], true),
      [0.5, 1.5, -1.5, 300, -300, 0],
    );
  });

  test("int8Matmul equals integer arithmetic by hand", () => {
    // Range -1 to 254 with the 0 inside: scale 1, zero point 1, and every x is a whole number of steps.
    const x: RefTensor = { dtype: "f32", shape: [2, 2], data: Float64Array.of(-1, 254, 3, 7) };
    const w: RefTensor = { dtype: "i8", shape: [2, 2], data: Float64Array.of(1, -2, 3, 4) };
    const scale: RefTensor = { dtype: "f32", shape: [2], data: Float64Array.of(0.5, 2) };
    const y = run(f.int8Matmul, [x, w, scale], true);
    expect([...y.data]).toEqual([0.5 * 761, 2 * 1018, 0.5 * 24, 2 * 22]);
  });

  test("int8Matmul of zeros is zero", () => {
    const x: RefTensor = { dtype: "f32", shape: [1, 2], data: Float64Array.of(0, 0) };
    const w: RefTensor = { dtype: "i8", shape: [2, 1], data: Float64Array.of(5, 5) };
    const scale: RefTensor = { dtype: "f32", shape: [1], data: Float64Array.of(1) };
    expect([...run(f.int8Matmul, [x, w, scale], true).data]).toEqual([0]);
  });
});
