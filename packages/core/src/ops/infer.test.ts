// Every primitive's type rule: what it refuses, with a message that names the op and what it got.
import { expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { primitiveOf } from "../graph/definitions.ts";
import type { AttrsOf, PrimitiveName } from "../graph/graph.ts";
import { formatType } from "../graph/tensor.ts";
import { parseType } from "../reference/program.ts";

/** Operands and attributes that break the rule, and a part of the message. */
type Refusal<K extends PrimitiveName> = readonly [readonly string[], AttrsOf<K>, string];

const float = (name: string): Refusal<"exp">[] => [
  [["i32[2]"], {}, `${name}: operand must be float, got i32`],
];
const broadcast = (name: string, type = "f32"): Refusal<"add">[] => [
  [[`${type}[2]`, `${type}[3]`], {}, `${name}: shapes must broadcast, got a=[2], b=[3]`],
];
const axes = (name: string): Refusal<"reduceSum">[] => [
  [
    ["f32[2,3]"],
    { axes: [2], keepDims: false },
    `${name}: axis must be an integer in [-2, 2), got 2`,
  ],
  [["f32[2,3]"], { axes: [1, -1], keepDims: false }, `${name}: axes must be unique, got [1,-1]`],
  [["bool[2]"], { axes: [0], keepDims: false }, `${name}: operand must be number, got bool`],
];
const plain = { strides: [1], padding: [[0, 0]], dilations: [1], groups: 1 } as const;
const pool = { window: [2], strides: [1], padding: [[0, 0]] } as const;
const average = { ...pool, countIncludePad: true };
const badPool = { ...pool, padding: [[2, 0]] } as const;

const refusals: { readonly [K in PrimitiveName]: readonly Refusal<K>[] } = {
  neg: [[["bool[2]"], {}, "neg: operand must be number, got bool"]],
  abs: [[["bool[2]"], {}, "abs: operand must be number, got bool"]],
  sign: [[["bool[2]"], {}, "sign: operand must be number, got bool"]],
  reciprocal: float("reciprocal"),
  exp: float("exp"),
  log: float("log"),
  sqrt: float("sqrt"),
  rsqrt: float("rsqrt"),
  sin: float("sin"),
  cos: float("cos"),
  tanh: float("tanh"),
  sigmoid: float("sigmoid"),
  erf: float("erf"),
  floor: float("floor"),
  ceil: float("ceil"),
  round: float("round"),
  isFinite: float("isFinite"),
  not: [[["f32[2]"], {}, "not: operand must be bool, got f32"]],
  add: [
    ...broadcast("add"),
    [["f32[2]", "f16[2]"], {}, "add: dtypes must match, got a=f32, b=f16; cast one"],
  ],
  sub: broadcast("sub"),
  mul: broadcast("mul"),
  div: broadcast("div"),
  pow: [...broadcast("pow"), [["i32[1]", "i32[1]"], {}, "pow: operand must be float, got i32"]],
  maximum: broadcast("maximum"),
  minimum: broadcast("minimum"),
  and: broadcast("and", "bool"),
  or: broadcast("or", "bool"),
  equal: broadcast("equal"),
  less: broadcast("less"),
  greater: broadcast("greater"),
  select: [
    [["f32[2]", "f32[2]", "f32[2]"], {}, "select: condition must be bool"],
    [["bool[2]", "f32[2]", "f16[2]"], {}, "got bool, a=f32, b=f16"],
    [["bool[4]", "f32[2]", "f32[2]"], {}, "select: shapes must broadcast, got a=[4], b=[2]"],
  ],
  // Every dtype converts to every other.
  cast: [],
  reshape: [
    [["f32[2,3]"], { shape: [4] }, "reshape: element counts must match, got x=[2,3], shape=[4]"],
    [["f32[2]"], { shape: [-2, -1] }, "reshape: shape must be integers >= 0, got [-2,-1]"],
  ],
  transpose: [
    [
      ["f32[2,3]"],
      { permutation: [0, 0] },
      "transpose: permutation must hold each axis once, got [0,0] for x=[2,3]",
    ],
    [["f32[2,3]"], { permutation: [0] }, "got [0] for x=[2,3]"],
  ],
  broadcastTo: [
    [["f32[2]"], { shape: [3] }, "broadcastTo: shapes must broadcast, got a=[2], b=[3]"],
    [
      ["f32[2]"],
      { shape: [1] },
      "broadcastTo: shape must be reachable by broadcasting, got x=[2], shape=[1]",
    ],
  ],
  slice: [
    [
      ["f32[2]"],
      { starts: [0], limits: [3], strides: [1] },
      "slice: start <= limit <= size must hold, got starts=[0], limits=[3] for x=[2]",
    ],
    [
      ["f32[2]"],
      { starts: [0], limits: [2], strides: [0] },
      "slice: strides must be 1 integers >= 1, got [0] for x=[2]",
    ],
    [
      ["f32[2]"],
      { starts: [], limits: [2], strides: [1] },
      "slice: starts must be 1 integers >= 0, got [] for x=[2]",
    ],
  ],
  pad: [
    [
      ["f32[2]"],
      { low: [-1], high: [0], interior: [0], value: 0 },
      "pad: low must be 1 integers >= 0, got [-1] for x=[2]",
    ],
    [
      ["f32[2]"],
      { low: [0], high: [0], interior: [0], value: Infinity },
      "pad: value must be finite, got Infinity",
    ],
  ],
  concat: [
    [
      ["f32[2,3]", "f32[3,3]"],
      { axis: 1 },
      "concat: operands must agree but for axis 1, got f32[2,3], f32[3,3]",
    ],
    [["f32[2]", "i32[2]"], { axis: 0 }, "got f32[2], i32[2]"],
  ],
  gather: [
    [["f32[2]", "f32[1]"], { axis: 0 }, "gather: indices must be i32, got f32"],
    [["f32[2]", "i32[1]"], { axis: 1 }, "gather: axis must be an integer in [-1, 1), got 1"],
  ],
  scatterAdd: [
    [["i32[3]", "f32[2,4]"], { axis: 0, size: 5 }, "got indices=i32[3], updates=[2,4]"],
    [
      ["i32[2]", "f32[2]"],
      { axis: 0, size: -1 },
      "scatterAdd: size must be integers >= 0, got [-1]",
    ],
  ],
  reverse: [[["f32[2]"], { axes: [0, 0] }, "reverse: axes must be unique, got [0,0]"]],
  iota: [
    [[], { dtype: "bool", shape: [2], axis: 0 }, "iota: operand must be number, got bool"],
    [[], { dtype: "f32", shape: [], axis: 0 }, "iota: axis must be an integer in [-0, 0), got 0"],
  ],
  reduceSum: axes("reduceSum"),
  reduceMax: axes("reduceMax"),
  reduceMin: axes("reduceMin"),
  reduceProd: axes("reduceProd"),
  argMax: [
    [["f32[2,0]"], { axis: 1, keepDims: false }, "argMax: axis 1 must not be empty, got x=[2,0]"],
  ],
  matmul: [
    [
      ["f32[8,16]", "f32[32,4]"],
      { transposeA: false, transposeB: false },
      "matmul: inner sizes must match, got a=[8,16], b=[32,4]",
    ],
    [
      ["f32[3]", "f32[3,4]"],
      { transposeA: false, transposeB: false },
      "matmul: operands must have 2 axes or more, got a=[3], b=[3,4]",
    ],
    [
      ["f32[2,3,4]", "f32[3,4,5]"],
      { transposeA: false, transposeB: false },
      "matmul: shapes must broadcast, got a=[2], b=[3]",
    ],
  ],
  conv: [
    [
      ["f32[1,2,5]", "f32[3,4,2]"],
      plain,
      "conv: channels must be groups times those of the filter and filters a multiple of groups, got x=[1,2,5], w=[3,4,2], groups=1",
    ],
    [
      ["f32[1,2,5]", "f32[3,2,6]"],
      plain,
      "conv: windows must fit the padded input, got spatial=[5], window=[6]",
    ],
    [["f32[1,2,5]", "f32[3,2,2,2]"], plain, "with 1 to 3 spatial axes, got x=[1,2,5], w=[3,2,2,2]"],
    [
      ["f32[1,2,5]", "f32[3,2,2]"],
      { ...plain, strides: [0] },
      "conv: strides must be 1 integers >= 1, got [0]",
    ],
    [
      ["f32[1,2,5]", "f32[3,2,2]"],
      { ...plain, padding: [[-1, 0]] },
      "conv: padding must be 1 pairs of integers >= 0, got [[-1,0]]",
    ],
  ],
  convInputGrad: [
    [
      ["f32[1,3,3]", "f32[3,2,2]"],
      { ...plain, inputShape: [1, 2, 5] },
      "convInputGrad: dy must have the shape of the convolution's output, got dy=[1,3,3], output=[1,3,4]",
    ],
  ],
  convFilterGrad: [
    [
      ["f32[1,2,5]", "f32[1,3,3]"],
      { ...plain, filterShape: [3, 2, 2] },
      "convFilterGrad: dy must have the shape of the convolution's output, got dy=[1,3,3], output=[1,3,4]",
    ],
  ],
  maxPool: [
    [
      ["f32[1,2,5]"],
      badPool,
      "maxPool: padding must be smaller than the window, got padding=[[2,0]], window=[2]",
    ],
    [
      ["f32[2,5]"],
      pool,
      "maxPool: operand must be [n, c, ...s] with 1 to 3 spatial axes >= 1, got [2,5]",
    ],
  ],
  maxPoolGrad: [
    [
      ["f32[1,1,3]", "f32[1,1,3]", "f32[1,1,2]"],
      pool,
      "maxPoolGrad: y and dy must be f32[1,1,2], got y=f32[1,1,3], dy=f32[1,1,2] for x=[1,1,3]",
    ],
  ],
  avgPool: [
    [["f32[1,2,1]"], average, "avgPool: windows must fit the padded input, got spatial=[1]"],
  ],
  avgPoolGrad: [
    [
      ["f32[1,1,3]"],
      { ...average, inputShape: [1, 1, 3] },
      "avgPoolGrad: dy must have the shape of the pooled input, got dy=[1,1,3], pooled=[1,1,2]",
    ],
  ],
  randomUniform: [[["i32[3]"], { shape: [2] }, "randomUniform: key must be i32[2], got i32[3]"]],
  allReduce: [
    [
      ["bool[2]"],
      { group: "all", reduction: "sum" },
      "allReduce: operand must be number, got bool",
    ],
  ],
  // Messages carry any type.
  send: [],
  recv: [],
};

const table = Object.entries(refusals).flatMap(([op, list]) =>
  list.map(([operands, attrs, message]) => ({ op, operands, attrs: attrs, message })),
);

test.each(table)("$op refuses $operands $attrs", ({ op, operands, attrs, message }) => {
  const infer = (): unknown =>
    primitiveOf(op as PrimitiveName).infer(operands.map(parseType), attrs);
  expect(infer).toThrow(ShapeError);
  expect(infer).toThrow(message);
});

test.each([
  [
    "matmul",
    ["f32[2,1,3,4]", "f32[5,4,6]"],
    { transposeA: false, transposeB: false },
    "f32[2,5,3,6]",
  ],
  [
    "conv",
    ["f16[2,4,9,8]", "f16[6,2,3,3]"],
    {
      strides: [2, 1],
      padding: [
        [1, 1],
        [0, 0],
      ],
      dilations: [1, 2],
      groups: 2,
    },
    "f16[2,6,5,4]",
  ],
  ["gather", ["u8[2,3,4]", "i32[5,6]"], { axis: -2 }, "u8[2,5,6,4]"],
  ["argMax", ["f32[2,3]"], { axis: -1, keepDims: false }, "i32[2]"],
  ["equal", ["f32[2,1]", "f32[3]"], {}, "bool[2,3]"],
  ["pad", ["i8[3]"], { low: [1], high: [2], interior: [1], value: 0 }, "i8[8]"],
] as const)("%s of %j with %j is %s", (op, operands, attrs, expected) => {
  expect(formatType(primitiveOf(op).infer(operands.map(parseType), attrs))).toBe(expected);
});
