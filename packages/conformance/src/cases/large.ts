// Sizes beyond one cache line, one vector and one thread: where engines split work, block and accumulate.
import { eachDType, type OpCase } from "./op-case.ts";

const flags = { transposeA: false, transposeB: false };
const taps = {
  strides: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  dilations: [1, 1],
  groups: 1,
};
const image = [2, 8, 28, 28];
const pool = {
  window: [2, 2],
  strides: [2, 2],
  padding: [
    [0, 0],
    [0, 0],
  ],
};

/** Op cases of larger sizes. */
export const largeCases: readonly OpCase[] = [
  ...eachDType(
    "add",
    ["f32", "i32", "u8"],
    ["[70001] [70001]", "[300,401] [401]", "[300,1] [1,401]"],
  ),
  ...eachDType("mul", ["f32"], ["[257,129] [257,1]"]),
  ...eachDType("exp", ["f32"], ["[65537]"]),
  ...eachDType("cast", ["f32"], ["[40000]"], { dtype: "f16" }),
  ...eachDType("transpose", ["f32", "i8"], ["[251,307]"], { permutation: [1, 0] }),
  ...eachDType("transpose", ["f32"], ["[17,19,23,5]"], { permutation: [0, 2, 3, 1] }),
  ...eachDType("reduceSum", ["f32", "i32"], ["[1003,67]"], { axes: [0], keepDims: false }),
  ...eachDType("reduceSum", ["f32"], ["[67,1003]"], { axes: [1], keepDims: true }),
  ...eachDType("reduceMax", ["f32", "u8"], ["[67,1003]"], { axes: [1], keepDims: false }),
  ...eachDType("argMax", ["f32"], ["[513,300]"], { axis: 1, keepDims: false }),
  ...eachDType(
    "matmul",
    ["f32"],
    ["[128,784] [784,128]", "[255,257] [257,63]", "[8,65,33] [8,33,65]"],
    flags,
  ),
  ...eachDType("matmul", ["f32"], ["[784,64] [784,33]"], { transposeA: true, transposeB: false }),
  ...eachDType("matmul", ["f32"], ["[64,300] [129,300]"], { transposeA: false, transposeB: true }),
  ...eachDType("matmul", ["i32", "i8"], ["[65,130] [130,33]"], flags),
  ...eachDType("conv", ["f32"], ["[2,8,28,28] [16,8,3,3]"], taps),
  ...eachDType("convInputGrad", ["f32"], ["[2,16,28,28] [16,8,3,3]"], {
    ...taps,
    inputShape: image,
  }),
  ...eachDType("convFilterGrad", ["f32"], ["[2,8,28,28] [2,16,28,28]"], {
    ...taps,
    filterShape: [16, 8, 3, 3],
  }),
  ...eachDType("maxPool", ["f32"], ["[4,16,28,28]"], pool),
  ...eachDType("maxPoolGrad", ["f32"], ["[4,16,28,28] [4,16,14,14] [4,16,14,14]"], pool),
  ...eachDType("softmax", ["f32"], ["[64,1000]"], { axis: -1 }),
  {
    op: "gather",
    operands: ["f32[1000,65]", "i32[300]"],
    attrs: { axis: 0 },
    values: { 1: Array.from({ length: 300 }, (_, i) => (i * 337) % 1000) },
  },
  {
    op: "scatterAdd",
    operands: ["i32[300]", "f32[300,65]"],
    attrs: { axis: 0, size: 50 },
    values: { 0: Array.from({ length: 300 }, (_, i) => (i * 37) % 50) },
  },
];
