// Operation and byte counts of ops, worked out by hand.
import { expect, test } from "vitest";
import { primitiveOf } from "../graph/definitions.ts";
import { parseType } from "../reference/program.ts";

const conv = { strides: [1], padding: [[0, 0]], dilations: [1], groups: 2 } as const;

test.each([
  ["exp", ["f32[3,5]"], {}, 15, 2 * 15 * 4],
  ["add", ["f16[3,5]", "f16[5]"], {}, 15, 2 * (15 + 5 + 15)],
  ["greater", ["f32[4]", "f32[4]"], {}, 4, 16 + 16 + 4],
  ["reshape", ["f32[6]"], { shape: [2, 3] }, 0, 0],
  ["transpose", ["f32[2,3]"], { permutation: [1, 0] }, 0, 48],
  // Only what is taken is read, not the whole table.
  ["gather", ["f32[1000,4]", "i32[2]"], { axis: 0 }, 0, 2 * 8 * 4 + 8],
  ["slice", ["f32[100]"], { starts: [0], limits: [10], strides: [1] }, 0, 80],
  ["reduceSum", ["f32[4,8]"], { axes: [1], keepDims: false }, 32, 4 * (32 + 4)],
  [
    "matmul",
    ["f32[2,3,4]", "f32[4,5]"],
    { transposeA: false, transposeB: false },
    2 * 2 * 3 * 4 * 5,
    4 * (24 + 20 + 30),
  ],
  // 2 samples, 4 filters, 4 positions, each 1 channel of 3 taps.
  ["conv", ["f32[2,2,6]", "f32[4,1,3]"], conv, 2 * (2 * 4 * 4) * 3, 4 * (24 + 12 + 32)],
  [
    "convInputGrad",
    ["f32[2,4,4]", "f32[4,1,3]"],
    { ...conv, inputShape: [2, 2, 6] },
    192,
    4 * (32 + 12 + 24),
  ],
  [
    "convFilterGrad",
    ["f32[2,2,6]", "f32[2,4,4]"],
    { ...conv, filterShape: [4, 1, 3] },
    192,
    4 * (24 + 32 + 12),
  ],
  [
    "maxPool",
    ["f32[1,2,8]"],
    { window: [3], strides: [1], padding: [[0, 0]] },
    12 * 3,
    4 * (16 + 12),
  ],
  ["send", ["f32[4]"], { to: 1, tag: "x" }, 0, 32],
] as const)("%s of %j with %j", (op, types, attrs, flops, bytes) => {
  const definition = primitiveOf(op);
  const operands = types.map(parseType);
  const output = definition.infer(operands, attrs);
  expect(definition.flops(operands, attrs, output)).toBe(flops);
  expect(definition.bytes(operands, attrs, output)).toBe(bytes);
});
