// Forward values of the elementwise ops against hand-worked and published numbers.
import { describe, expect, test } from "vitest";
import type { PlainOp } from "../functional/emit.ts";
import type { OpName } from "../graph/graph.ts";
import { evaluateOp, refTensor } from "../reference/program.ts";
import { sampleTensor } from "../reference/sample.ts";

const values = (op: PlainOp, type: string, ...operands: number[][]): number[] => [
  ...evaluateOp(
    op,
    operands.map((data) => refTensor(`${type}[${data.length}]`, data)),
    {},
  ).data,
];

/** Equal to the last few bits: Math's functions may differ by one unit between engines. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    const target = expected[i]!;
    if (Number.isFinite(target)) {
      expect(Math.abs(value - target)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(target)));
    } else {
      expect(value).toBe(target);
    }
  });
}

describe("unary", () => {
  test.each<[PlainOp, number[], number[]]>([
    ["neg", [1.5, -2, Infinity], [-1.5, 2, -Infinity]],
    ["abs", [1.5, -2, -Infinity, 0], [1.5, 2, Infinity, 0]],
    ["sign", [3, -0.1, 0, NaN], [1, -1, 0, NaN]],
    ["reciprocal", [4, -0.5, Infinity, 0], [0.25, -2, 0, Infinity]],
    ["exp", [0, 1, -Infinity], [1, 2.718281828459045, 0]],
    ["log", [1, 10, 0, -1], [0, 2.302585092994046, -Infinity, NaN]],
    ["sqrt", [0, 2, 9, -1], [0, 1.4142135623730951, 3, NaN]],
    ["rsqrt", [4, 0.01, 0], [0.5, 10, Infinity]],
    ["sin", [0, Math.PI / 6, Math.PI / 2], [0, 0.5, 1]],
    ["cos", [0, Math.PI / 3, Math.PI], [1, 0.5, -1]],
    ["tanh", [0, Math.log(2), 1000, -1000], [0, 0.6, 1, -1]],
    // 1 / (1 + 1/3) = 3/4; far out the tail is e^x and must neither overflow nor vanish early.
    ["sigmoid", [0, Math.log(3), -Math.log(3), -800, 800], [0.5, 0.75, 0.25, 0, 1]],
    ["floor", [1.5, -1.5, 2], [1, -2, 2]],
    ["ceil", [1.5, -1.5, 2], [2, -1, 2]],
    ["round", [0.5, 1.5, 2.5, -0.5, -1.5, 1.4999, -2.6], [0, 2, 2, 0, -2, 1, -3]],
  ])("%s", (op, input, expected) => {
    expectClose(values(op, "f32", input), expected);
  });

  test("erf agrees with 20-digit values of mpmath to 2.1e-15", () => {
    const table: [number, number][] = [
      [0, 0],
      [1e-10, 1.128379167095512615e-10],
      [0.1, 0.1124629160182848984],
      [0.5, 0.52049987781304653768],
      [1, 0.84270079294971486934],
      [1.5, 0.96610514647531072707],
      [2, 0.99532226501895273416],
      [2.5, 0.99959304798255504106],
      [3, 0.99997790950300141456],
      [4, 0.99999998458274209972],
      [5, 0.99999999999846254021],
      [5.9, 0.9999999999999999281],
      [7, 1],
      [Infinity, 1],
    ];
    for (const [x, expected] of table) {
      const [positive, negative] = values("erf", "f32", [x, -x]);
      // The bound that the docstring of the op states.
      expect(Math.abs(positive! - expected)).toBeLessThanOrEqual(2.1e-15 * expected);
      expect(negative).toBe(-positive!);
    }
    expect(values("erf", "f32", [NaN])).toEqual([NaN]);
  });

  test("sigmoid keeps relative accuracy in the tail", () => {
    expect(values("sigmoid", "f32", [-700])[0]! / Math.exp(-700)).toBeCloseTo(1, 12);
  });

  test("isFinite and not give bools", () => {
    expect(values("isFinite", "f32", [1, Infinity, -Infinity, NaN])).toEqual([1, 0, 0, 0]);
    expect(values("not", "bool", [0, 1])).toEqual([1, 0]);
  });

  test("integers wrap", () => {
    expect(values("neg", "i32", [5, -(2 ** 31)])).toEqual([-5, -(2 ** 31)]);
    expect(values("neg", "u8", [1, 0])).toEqual([255, 0]);
    expect(values("abs", "i8", [-128, -5])).toEqual([-128, 5]);
  });
});

describe("binary", () => {
  test.each<[PlainOp, string, number[], number[], number[]]>([
    ["add", "f32", [1, Infinity], [2.5, -Infinity], [3.5, NaN]],
    ["sub", "f32", [1, 0.5], [2.5, 0.25], [-1.5, 0.25]],
    // Whole numbers in a float tensor are still floats: 2^60 and not its low 32 bits.
    ["mul", "f32", [3, 2 ** 30], [-2, 2 ** 30], [-6, 2 ** 60]],
    ["div", "f32", [1, -1, 0], [4, 0, 0], [0.25, -Infinity, NaN]],
    ["pow", "f32", [2, -2, 0, -8], [10, 3, 0, 1 / 3], [1024, -8, 1, NaN]],
    ["maximum", "f32", [1, -3, NaN], [2, -4, 0], [2, -3, NaN]],
    ["minimum", "f32", [1, -3, NaN], [2, -4, 0], [1, -4, NaN]],
    ["equal", "f32", [1, NaN], [1, NaN], [1, 0]],
    ["less", "f32", [1, 2, NaN], [2, 2, 1], [1, 0, 0]],
    ["greater", "f32", [3, 2, NaN], [2, 2, 1], [1, 0, 0]],
    ["equal", "bool", [0, 1], [1, 1], [0, 1]],
    ["and", "bool", [0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1]],
    ["or", "bool", [0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 1]],
    ["add", "i32", [2 ** 31 - 1, -5], [1, 3], [-(2 ** 31), -2]],
    ["sub", "u8", [3, 10], [5, 4], [254, 6]],
    // 123456789 * 987654321 = 121932631112635269, whose low 32 bits are 0xfb3dd785... worked out with BigInt below.
    [
      "mul",
      "i32",
      [123456789, 65536],
      [987654321, 65536],
      [Number(BigInt.asIntN(32, 123456789n * 987654321n)), 0],
    ],
    ["mul", "i8", [100, -128], [3, -1], [44, -128]],
    ["div", "i32", [7, -7, -(2 ** 31)], [2, 2, -1], [3, -3, -(2 ** 31)]],
    ["maximum", "i32", [3, -5], [4, -6], [4, -5]],
  ])("%s of %s", (op, type, a, b, expected) => {
    expectClose(values(op, type, a, b), expected);
  });

  test.each([
    ["f32[3,5]", "f32[5]"],
    ["f32[3,1]", "f32[1,5]"],
    ["f32[]", "f32[2,3]"],
    ["f32[2,3]", "f32[1]"],
    ["f32[4,1,3]", "f32[2,1]"],
    ["f32[0,3]", "f32[1,3]"],
  ])("broadcasts %s with %s", (left, right) => {
    const a = sampleTensor(refTensor(left, []), 1);
    const b = sampleTensor(refTensor(right, []), 2);
    const result = evaluateOp("sub", [a, b], {});
    // By coordinates: the position along a stretched or missing axis is 0.
    const expected = [...Array(result.data.length).keys()].map((flat) => {
      const pick = ({ shape, data }: typeof a): number => {
        let [rest, index, stride] = [flat, 0, 1];
        for (let axis = result.shape.length - 1; axis >= 0; axis--) {
          const position = rest % result.shape[axis]!;
          rest = Math.floor(rest / result.shape[axis]!);
          const own = axis - (result.shape.length - shape.length);
          if (own < 0) continue;
          if (shape[own] !== 1) index += position * stride;
          stride *= shape[own]!;
        }
        return data[index]!;
      };
      return pick(a) - pick(b);
    });
    expect([...result.data]).toEqual(expected);
  });
});

describe("select and cast", () => {
  test("select broadcasts all three and hides the NaN of the side not taken", () => {
    const condition = refTensor("bool[2,1]", [1, 0]);
    const a = refTensor("f32[3]", [1, 2, 3]);
    const result = evaluateOp("select", [condition, a, refTensor("f32[]", [NaN])], {});
    expect(result.shape).toEqual([2, 3]);
    expect([...result.data]).toEqual([1, 2, 3, NaN, NaN, NaN]);
  });

  test.each<[string, "f32" | "f16" | "i32" | "i8" | "u8" | "bool", number[], number[]]>([
    ["f32", "i32", [1.9, -1.9, 0.5], [1, -1, 0]],
    ["f32", "bool", [0, -0.5, NaN], [0, 1, 1]],
    ["i32", "u8", [256, -1, 7], [0, 255, 7]],
    ["i32", "i8", [200, -129], [-56, 127]],
    ["bool", "f32", [0, 1], [0, 1]],
    ["f32", "f16", [0.1], [0.1]],
  ])("cast %s to %s", (from, dtype, input, expected) => {
    const result = evaluateOp("cast", [refTensor(`${from}[${input.length}]`, input)], { dtype });
    expect(result.dtype).toBe(dtype);
    expect([...result.data].map((value) => value + 0)).toEqual(expected);
  });
});

test.each<OpName>(["neg", "exp", "add", "equal"])("%s of no elements has none", (op) => {
  const empty = refTensor("f32[0,4]", []);
  const operands = op === "neg" || op === "exp" ? [empty] : [empty, empty];
  expect(evaluateOp(op as PlainOp, operands, {}).shape).toEqual([0, 4]);
});
