// The edges of the primitives' contracts on ONNX Runtime: special floats, integer overflow, ties, positions out of
// range, and random bits.
import {
  evaluate,
  GraphBuilder,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type DType,
  type HostTensor,
  type PrimitiveName,
} from "@fastgpu/core";
import * as f from "@fastgpu/core/functional";
import { uniform } from "@fastgpu/core/random";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import backend from "../src/index.ts";

let device: Device;
beforeAll(async () => {
  const [cpu] = await backend.devices();
  device = await backend.open(cpu!, { threads: 1 });
});
afterAll(() => device.dispose());

/** An op on the device and in the reference, whose results are rounded to the dtype of the result. */
async function both(
  op: PrimitiveName,
  operands: readonly HostTensor[],
  attrs: Record<string, unknown> = {},
): Promise<{ readonly found: number[]; readonly right: number[] }> {
  const b = new GraphBuilder("case");
  const inputs = operands.map(({ dtype, shape }, i) => b.input(`x${i}`, dtype, shape));
  b.output("y", b.op(op, inputs, attrs as never));
  const feeds = Object.fromEntries(operands.map((operand, i) => [`x${i}`, operand]));
  const graph = b.build();
  const program = await device.compile(graph);
  const { y } = await program.run(feeds);
  await program.dispose();
  const { dtype, shape, data } = evaluate(graph, toReferences(feeds)).outputs["y"]!;
  return { found: [...toNumbers(y!)], right: [...toNumbers(tensorFrom(dtype, shape, data))] };
}

/** Ops whose zeros may have either sign: IEEE 754 leaves it open for the last two. */
const zeroSignIsFree: readonly PrimitiveName[] = ["sign", "round", "maximum", "minimum"];

/** Expects equality up to `ratio`; special values must agree, the sign of zero too unless `isSigned` is false. */
function expectSame(
  found: readonly number[],
  right: readonly number[],
  ratio: number,
  isSigned = true,
): void {
  expect(found).toHaveLength(right.length);
  for (const [i, value] of found.entries()) {
    const wanted = right[i]!;
    if (Math.abs(value - wanted) <= ratio * Math.abs(wanted) && wanted !== 0) continue;
    if (!isSigned && value === wanted) continue;
    expect(value, `element ${i}`).toBe(wanted);
  }
}

const limits: Readonly<Record<"f32" | "f16", readonly number[]>> = {
  f32: [3.4028234663852886e38, 2 ** -126, 2 ** -149],
  f16: [65_504, 2 ** -14, 2 ** -24],
};

/** Specials, the dtype's limits, halves for rounding, and arguments at which exponentials leave the range. */
function specials(dtype: "f32" | "f16"): number[] {
  const positive = [0, 0.5, 1, 1.5, 2.5, 3, 20, 88, 104, ...limits[dtype], Infinity];
  return [NaN, ...positive, ...positive.map((value) => -value)];
}

const unary = [
  ...["neg", "abs", "sign", "reciprocal", "exp", "log", "sqrt", "rsqrt", "erf"],
  ...["floor", "ceil", "round", "isFinite"],
] as PrimitiveName[];
const binary = [
  ...["add", "sub", "mul", "div", "pow", "maximum", "minimum", "equal", "less", "greater"],
] as PrimitiveName[];

describe.each(["f32", "f16"] as const)("special values in %s", (dtype) => {
  const values = specials(dtype);
  const ratio = dtype === "f16" ? 2e-3 : 4e-6;

  it.each(unary)("%s", async (op) => {
    const { found, right } = await both(op, [tensorFrom(dtype, [values.length], values)]);
    expectSame(found, right, ratio, !zeroSignIsFree.includes(op));
  });

  it.each(binary)("%s", async (op) => {
    const { length } = values;
    const operands = [tensorFrom(dtype, [length, 1], values), tensorFrom(dtype, [length], values)];
    const { found, right } = await both(op, operands);
    expectSame(found, right, ratio, !zeroSignIsFree.includes(op));
  });

  it.each(["sigmoid", "tanh", "sin", "cos"] as const)(
    "%s is right to rounding near 1",
    async (op) => {
      const finite = values.filter((value) => Math.abs(value) <= 104);
      const all = [...finite, NaN];
      const { found, right } = await both(op, [tensorFrom(dtype, [all.length], all)]);
      for (const [i, value] of found.entries()) {
        if (Number.isNaN(right[i]!)) expect(value).toBeNaN();
        else expect(Math.abs(value - right[i]!)).toBeLessThanOrEqual(dtype === "f16" ? 1e-3 : 2e-7);
      }
    },
  );

  it.each(["reduceMax", "reduceMin", "reduceSum", "reduceProd"] as const)(
    "%s, a NaN anywhere",
    async (op) => {
      const rows = [
        [1, NaN, 2],
        [NaN, 1, 2],
        [1, 2, NaN],
        [-Infinity, -Infinity, -Infinity],
        [Infinity, 1, 2],
        [1, 3, 2],
      ];
      for (const axis of [0, 1]) {
        const flat =
          axis === 1 ? rows.flat() : [0, 1, 2].flatMap((i) => rows.map((row) => row[i]!));
        const shape = axis === 1 ? [6, 3] : [3, 6];
        const attrs = { axes: [axis], keepDims: axis === 0 };
        const { found, right } = await both(op, [tensorFrom(dtype, shape, flat)], attrs);
        expectSame(found, right, 0);
      }
    },
  );
});

const bounds: Readonly<Record<"i32" | "i8" | "u8", readonly number[]>> = {
  i32: [0, 1, -1, 7, -7, 46_341, 65_536, 2 ** 31 - 1, -(2 ** 31)],
  i8: [0, 1, -1, 7, -7, 16, 127, -128],
  u8: [0, 1, 7, 16, 128, 255],
};

describe.each(["i32", "i8", "u8"] as const)("integer arithmetic in %s", (dtype) => {
  const values = bounds[dtype];
  const column = tensorFrom(dtype, [values.length, 1], values);

  it.each(["add", "sub", "mul", "maximum", "minimum"] as PrimitiveName[])(
    "%s wraps",
    async (op) => {
      const { found, right } = await both(op, [column, tensorFrom(dtype, [values.length], values)]);
      expect(found).toEqual(right.map((value) => value + 0));
    },
  );

  it("div truncates toward zero", async () => {
    const divisors = values.filter((value) => value !== 0);
    const operand = tensorFrom(dtype, [divisors.length], divisors);
    const { found, right } = await both("div", [column, operand]);
    expect(found).toEqual(right.map((value) => value + 0));
  });

  it.each(["i32", "i8", "u8", "bool", "f32"] as DType[])("casts to %s", async (to) => {
    const { found, right } = await both("cast", [column], { dtype: to });
    expect(found).toEqual(right);
  });
});

it("fails with an error, not a crash, where an integer is divided by zero", async () => {
  const one = tensorFrom("i32", [2], [4, 5]);
  await expect(both("div", [one, tensorFrom("i32", [2], [2, 0])])).rejects.toMatchObject({
    code: "ENGINE",
  });
});

it("never reads or writes outside of a tensor by index", async () => {
  for (const index of [3, 1_000_000, -4, -(2 ** 31)]) {
    const b = new GraphBuilder("indices");
    const x = b.input("x", "f32", [3, 2]);
    const i = b.input("i", "i32", [3]);
    b.output("rows", f.gather(x, i, 0));
    b.output("sums", f.scatterAdd(i, x, 0, 3));
    const program = await device.compile(b.build());
    const feeds = {
      x: tensorFrom("f32", [3, 2], [1, 2, 3, 4, 5, 6]),
      i: tensorFrom("i32", [3], [0, index, 1]),
    };
    await expect(program.run(feeds, ["rows"])).rejects.toMatchObject({ code: "ENGINE" });
    await expect(program.run(feeds, ["sums"])).rejects.toMatchObject({ code: "ENGINE" });
    await program.dispose();
  }
});

const tiny = 2 ** -149;
const windows: Readonly<Record<string, readonly number[]>> = {
  "nothing but -Infinity": [-Infinity, -Infinity, -Infinity, -Infinity],
  "-Infinity beside numbers": [-Infinity, 1, 2, -Infinity],
  "two infinities": [1, Infinity, Infinity, 2],
  "neighbouring floats": [1, 1 + 2 ** -23, 1, 1 - 2 ** -24],
  "subnormal differences": [0, tiny, -tiny, 2 * tiny],
  "the largest floats": [-limits.f32[0]!, limits.f32[0]!, 0, limits.f32[0]!],
  "both zeros": [-0, 0, -0, 0],
};

it.each(Object.entries(windows))(
  "sends the gradient of maxPool once, for %s",
  async (_, values) => {
    for (const attrs of [
      { window: [2, 2], strides: [2, 2], padding: Array(2).fill([0, 0]) },
      { window: [3, 3], strides: [2, 2], padding: Array(2).fill([1, 1]) },
    ]) {
      const b = new GraphBuilder("pool");
      const x = b.input("x", "f32", [1, 1, 2, 2]);
      const dy = b.input("dy", "f32", [1, 1, 1, 1]);
      const y = b.op("maxPool", [x], attrs);
      b.output("dx", b.op("maxPoolGrad", [x, y, dy], attrs));
      const graph = b.build();
      const feeds = {
        x: tensorFrom("f32", [1, 1, 2, 2], values),
        dy: tensorFrom("f32", [1, 1, 1, 1], [3]),
      };
      const program = await device.compile(graph);
      const { dx } = await program.run(feeds);
      await program.dispose();
      const right = evaluate(graph, toReferences(feeds)).outputs["dx"]!;
      expect([...dx!.data]).toEqual([...right.data]);
    }
  },
);

it.each([
  [1, [0, 0]],
  [7, [-1, -1]],
  [64, [123_456_789, -7]],
  [99_991, [2 ** 31 - 1, -(2 ** 31)]],
] as const)("draws the very bits of the reference, %i of them", async (count, key) => {
  const b = new GraphBuilder("random");
  b.output("y", f.randomUniform(b.input("key", "i32", [2]), [count]));
  const program = await device.compile(b.build());
  const { y } = await program.run({ key: tensorFrom("i32", [2], key) });
  await program.dispose();
  expect(
    Buffer.from(y!.data.buffer).equals(Buffer.from(Float32Array.from(uniform(key, count)).buffer)),
  ).toBe(true);
});
