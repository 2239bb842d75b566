// NaN, infinities, signed zeros, denormals and the ends of integers, where the contract of an op says what happens.
import type { DType, PrimitiveName } from "@fastgpu/core";
import { floats, type OpCase } from "./op-case.ts";

const odd = [NaN, Infinity, -Infinity, 0, -0, 1, -1.5, 3];
const note = "special values";

const unary: readonly PrimitiveName[] = [
  "neg",
  "abs",
  "sign",
  "exp",
  "floor",
  "ceil",
  "round",
  "isFinite",
  "tanh",
  "sigmoid",
  "erf",
  "reciprocal",
];

const halves = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, -3.5];

const elementwise: OpCase[] = floats.flatMap((dtype): OpCase[] => [
  ...unary.map((op): OpCase => ({ op, operands: [`${dtype}[8]`], values: { 0: odd }, note })),
  ...(["log", "sqrt", "rsqrt"] as const).map((op): OpCase => ({
    op,
    operands: [`${dtype}[6]`],
    values: { 0: [NaN, Infinity, -1, 4, 0.25, -Infinity] },
    note,
  })),
  { op: "log", operands: [`${dtype}[2]`], values: { 0: [0, 1] }, note },
  { op: "round", operands: [`${dtype}[8]`], values: { 0: halves }, note: "halves to even" },
  ...(["add", "sub", "mul", "div", "maximum", "minimum", "equal", "less", "greater"] as const).map(
    (op): OpCase => ({
      op,
      operands: [`${dtype}[8,1]`, `${dtype}[8]`],
      values: { 0: odd, 1: op === "div" ? odd.map((v) => (v === 0 ? 2 : v)) : odd },
      note,
    }),
  ),
  {
    op: "pow",
    operands: [`${dtype}[10]`, `${dtype}[10]`],
    values: {
      0: [-8, -2, -2, 0, 0, 2, 4, -1, 0.5, 1],
      1: [1 / 3, 2, 3, 2, 0, -1, 0.5, 0.5, -3, 0],
    },
    note: "NaN for a negative base with a fractional exponent",
  },
  {
    op: "select",
    operands: ["bool[4]", `${dtype}[4]`, `${dtype}[4]`],
    values: { 0: [1, 0, 1, 0], 1: [1, NaN, -Infinity, NaN], 2: [NaN, 2, NaN, Infinity] },
    note: "the side not taken does not leak",
  },
]);

/** `values` along the last axis of two rows, the first without anything special. */
const rows = (dtype: DType, values: readonly number[]): Pick<OpCase, "operands" | "values"> => ({
  operands: [`${dtype}[2,${values.length}]`],
  values: { 0: [...values.map((_, i) => i + 1), ...values] },
});

const reductions: OpCase[] = floats.flatMap((dtype) =>
  (["reduceSum", "reduceProd", "reduceMax", "reduceMin"] as const).flatMap((op) =>
    [
      [1, NaN, 2],
      [NaN, 5, -7],
      [3, -4, NaN],
      [1, Infinity, 2],
      [-Infinity, 1, 2],
      [-Infinity, -Infinity, -Infinity],
    ].map((values): OpCase => ({
      op,
      ...rows(dtype, values),
      attrs: { axes: [1], keepDims: false },
      note: values.join(),
    })),
  ),
);

/** Bits that must come through unchanged: the smallest numbers of both float dtypes among them. */
const bits: Readonly<Record<"f32" | "f16", readonly number[]>> = {
  f32: [NaN, Infinity, -Infinity, -0, 2 ** -149, -(2 ** -130), 3.4028234663852886e38, 1],
  f16: [NaN, Infinity, -Infinity, -0, 2 ** -24, -(2 ** -15), 65504, 1],
};

const moves: OpCase[] = (["f32", "f16"] as const).flatMap((dtype): OpCase[] => {
  const values = { 0: bits[dtype] };
  const x = `${dtype}[2,4]`;
  const zeros = [0, 0];
  return [
    { op: "reshape", operands: [x], attrs: { shape: [4, 2] }, values, note },
    { op: "transpose", operands: [x], attrs: { permutation: [1, 0] }, values, note },
    { op: "broadcastTo", operands: [x], attrs: { shape: [3, 2, 4] }, values, note },
    {
      op: "slice",
      operands: [x],
      attrs: { starts: zeros, limits: [2, 4], strides: [1, 3] },
      values,
      note,
    },
    {
      op: "pad",
      operands: [x],
      attrs: { low: [1, 0], high: [0, 1], interior: zeros, value: 0 },
      values,
      note,
    },
    {
      op: "concat",
      operands: [x, x],
      attrs: { axis: 0 },
      values: { 0: bits[dtype], 1: bits[dtype] },
      note,
    },
    { op: "reverse", operands: [x], attrs: { axes: [1] }, values, note },
    {
      op: "gather",
      operands: [x, "i32[3]"],
      attrs: { axis: 1 },
      values: { 0: bits[dtype], 1: [3, 0, 2] },
      note,
    },
    { op: "neg", operands: [x], values, note: "keeps denormals" },
  ];
});

const casts: OpCase[] = [
  {
    op: "cast",
    operands: ["f32[8]"],
    attrs: { dtype: "bool" },
    values: { 0: [NaN, Infinity, -0, 0, 2 ** -140, 0.3, -1, 2] },
    note,
  },
  {
    op: "cast",
    operands: ["f32[6]"],
    attrs: { dtype: "i32" },
    values: { 0: [1.9, -1.9, 0.5, -0.5, 2147483520, -2147483648] },
    note,
  },
  {
    op: "cast",
    operands: ["f32[6]"],
    attrs: { dtype: "i8" },
    values: { 0: [1.9, -1.9, 127.5, -128, 0, -0.9] },
    note,
  },
  {
    op: "cast",
    operands: ["f32[3]"],
    attrs: { dtype: "f16" },
    values: { 0: [NaN, Infinity, -Infinity] },
    note,
  },
  {
    op: "cast",
    operands: ["f16[4]"],
    attrs: { dtype: "f32" },
    values: { 0: [NaN, Infinity, 2 ** -24, -65504] },
    note,
  },
  {
    op: "cast",
    operands: ["i32[6]"],
    attrs: { dtype: "i8" },
    values: { 0: [128, -129, 255, 256, 1000, -1000] },
    note: "integers wrap",
  },
  {
    op: "cast",
    operands: ["i32[6]"],
    attrs: { dtype: "u8" },
    values: { 0: [-1, 256, 300, -300, 255, 65535] },
    note: "integers wrap",
  },
  {
    op: "cast",
    operands: ["i8[3]"],
    attrs: { dtype: "u8" },
    values: { 0: [-1, -128, 127] },
    note: "integers wrap",
  },
  {
    op: "cast",
    operands: ["u8[3]"],
    attrs: { dtype: "i8" },
    values: { 0: [255, 128, 127] },
    note: "integers wrap",
  },
  {
    op: "cast",
    operands: ["i32[4]"],
    attrs: { dtype: "bool" },
    values: { 0: [0, 256, -1, 65536] },
    note: "any bit counts",
  },
  {
    op: "cast",
    operands: ["i32[3]"],
    attrs: { dtype: "f32" },
    values: { 0: [16777217, -2147483648, 2147483647] },
    note,
  },
];

const ends: Readonly<Record<"i32" | "i8" | "u8", readonly number[]>> = {
  i32: [2 ** 31 - 1, -(2 ** 31), 65536, -65537, 3, -1],
  i8: [127, -128, 100, -77, 3, -1],
  u8: [255, 0, 200, 128, 3, 1],
};
const overflows: OpCase[] = (["i32", "i8", "u8"] as const).flatMap((dtype): OpCase[] => {
  const values = { 0: ends[dtype], 1: ends[dtype] };
  const operands = [`${dtype}[6,1]`, `${dtype}[6]`];
  const wraps = "wraps";
  return [
    ...(["add", "sub", "mul", "maximum", "minimum", "less", "greater", "equal"] as const).map(
      (op): OpCase => ({ op, operands, values, note: wraps }),
    ),
    {
      op: "div",
      operands: [`${dtype}[6,1]`, `${dtype}[3]`],
      values: { 0: ends[dtype], 1: [2, 3, 100] },
      note: "truncates",
    },
    { op: "neg", operands: [`${dtype}[6]`], values, note: wraps },
    { op: "abs", operands: [`${dtype}[6]`], values, note: wraps },
    {
      op: "reduceSum",
      operands: [`${dtype}[2,3]`],
      attrs: { axes: [1], keepDims: false },
      values,
      note: wraps,
    },
    {
      op: "reduceSum",
      operands: [`${dtype}[6]`],
      attrs: { axes: [0], keepDims: true },
      values,
      note: wraps,
    },
    {
      op: "reduceProd",
      operands: [`${dtype}[3,2]`],
      attrs: { axes: [0], keepDims: false },
      values,
      note: wraps,
    },
    {
      op: "matmul",
      operands: [`${dtype}[2,3]`, `${dtype}[3,2]`],
      attrs: { transposeA: false, transposeB: false },
      values,
      note: wraps,
    },
    {
      op: "scatterAdd",
      operands: ["i32[6]", `${dtype}[6]`],
      attrs: { axis: 0, size: 2 },
      values: { 0: [0, 1, 0, 1, 0, 0], 1: ends[dtype] },
      note: wraps,
    },
  ];
});

const numeric: OpCase[] = [
  {
    op: "maxPool",
    operands: ["f32[1,1,4]"],
    attrs: { window: [2], strides: [2], padding: [[0, 0]] },
    values: { 0: [-Infinity, 2, Infinity, 1] },
    note,
  },
  {
    op: "matmul",
    operands: ["f32[2,2]", "f32[2,2]"],
    attrs: { transposeA: false, transposeB: false },
    values: { 0: [1, 2, NaN, 1], 1: [1, Infinity, 2, 1] },
    note,
  },
  { op: "relu", operands: ["f32[4]"], values: { 0: [Infinity, -Infinity, 0, 1] }, note },
  {
    op: "softmax",
    operands: ["f32[2,3]"],
    attrs: { axis: 1 },
    values: { 0: [-Infinity, 0, 1, 0, -Infinity, -Infinity] },
    note: "a masked class",
  },
  {
    op: "logSumExp",
    operands: ["f32[2,2]"],
    attrs: { axes: [1], keepDims: false },
    values: { 0: [-Infinity, -Infinity, 1, -Infinity] },
    note: "no chance",
  },
  {
    op: "sparseSoftmaxCrossEntropy",
    operands: ["f32[1,2]", "i32[1]"],
    values: { 0: [1, -Infinity], 1: [0] },
    note: "a masked class",
  },
];

/** Op cases of special values. */
export const specialCases: readonly OpCase[] = [
  ...elementwise,
  ...reductions,
  ...moves,
  ...casts,
  ...overflows,
  ...numeric,
];
