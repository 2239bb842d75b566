// Every primitive's gradient, first and second order, against central differences in float64.
import { describe, expect, test } from "vitest";
import * as f from "../functional.ts";
import type { PrimitiveName } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { checkGradient } from "../reference/gradient-check.ts";
import { programOf, type Formula } from "../reference/program.ts";
import { sampleInputs, type SampleRange } from "../reference/sample.ts";

/** Input types, the formula, and ranges of the inputs that keep it smooth. */
interface Case {
  readonly types: readonly string[];
  readonly formula: Formula;
  readonly ranges?: Readonly<Record<string, SampleRange>>;
}

const unary = (op: (x: Value) => Value, low = -2, high = 2): Case[] =>
  ["f32[7]", "f32[]", "f32[1,1]", "f32[0,3]"].map((type) => ({
    types: [type],
    formula: ([x]) => op(x!),
    ranges: { x0: { low, high } },
  }));

const binary = (
  op: (a: Value, b: Value) => Value,
  ranges: Readonly<Record<string, SampleRange>> = {},
): Case[] =>
  [
    ["f32[3,5]", "f32[3,5]"],
    ["f32[3,5]", "f32[5]"],
    ["f32[3,1]", "f32[1,5]"],
    ["f32[]", "f32[2,3]"],
    ["f32[1]", "f32[2,1,3]"],
    ["f32[0,3]", "f32[1,3]"],
  ].map((types) => ({ types, formula: ([a, b]) => op(a!, b!), ranges }));

const positive = { low: 0.5, high: 2.5 };
const one = (types: readonly string[], formula: Formula): Case => ({ types, formula });
const indices = (
  builder: { constant: (t: never) => Value },
  shape: number[],
  data: number[],
): Value => builder.constant({ dtype: "i32", shape, data: Int32Array.from(data) } as never);

const reduce = (op: (x: Value, axes: readonly number[], keepDims: boolean) => Value): Case[] => [
  one(["f32[3,4,5]"], ([x]) => op(x!, [1], false)),
  one(["f32[3,4,5]"], ([x]) => op(x!, [0, 2], true)),
  one(["f32[3,4]"], ([x]) => op(x!, [-1, 0], false)),
  one(["f32[3,4]"], ([x]) => op(x!, [], false)),
  one(["f32[1,4]"], ([x]) => op(x!, [0], false)),
  one(["f32[]"], ([x]) => op(x!, [], true)),
];

const convolutions: { x: string; w: string; options: f.ConvOptions }[] = [
  { x: "f32[2,3,7]", w: "f32[4,3,3]", options: {} },
  {
    x: "f32[2,2,6,5]",
    w: "f32[4,1,3,2]",
    options: {
      strides: [2, 1],
      padding: [
        [1, 0],
        [0, 2],
      ],
      dilations: [1, 2],
      groups: 2,
    },
  },
  { x: "f32[1,2,3,4,3]", w: "f32[2,2,2,2,1]", options: { strides: [1, 2, 2] } },
  // The last column of x is reached by no window; the gradient there is 0.
  { x: "f32[1,1,1,6]", w: "f32[1,1,1,2]", options: { strides: [1, 3] } },
  { x: "f32[0,2,4]", w: "f32[3,2,2]", options: {} },
];

const pools: { x: string; options: f.AvgPoolOptions }[] = [
  { x: "f32[2,3,8]", options: { window: [2] } },
  {
    x: "f32[1,2,5,6]",
    options: {
      window: [3, 2],
      strides: [2, 1],
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
  },
  { x: "f32[1,1,3,4,3]", options: { window: [2, 2, 2], strides: [1, 2, 1] } },
  { x: "f32[1,0,4]", options: { window: [2] } },
];

/** Pooled values of distinct inputs, so that no window has a tie. */
const maxPoolOf = (options: f.PoolOptions, x: Value): Value => f.maxPool(x, options);

const cases: { readonly [K in PrimitiveName]: readonly Case[] | { readonly reason: string } } = {
  neg: unary(f.neg),
  abs: unary(f.abs),
  sign: unary(f.sign),
  reciprocal: unary(f.reciprocal, 0.5),
  exp: unary(f.exp),
  log: unary(f.log, 0.5),
  sqrt: unary(f.sqrt, 0.5),
  rsqrt: unary(f.rsqrt, 0.5),
  sin: unary(f.sin),
  cos: unary(f.cos),
  tanh: unary(f.tanh),
  sigmoid: unary(f.sigmoid),
  erf: unary(f.erf),
  floor: unary(f.floor, 0.1, 0.9),
  ceil: unary(f.ceil, 0.1, 0.9),
  round: unary(f.round, 0.6, 1.4),
  isFinite: { reason: "bool result" },
  not: { reason: "bool result" },
  add: binary(f.add),
  sub: binary(f.sub),
  mul: binary(f.mul),
  div: binary(f.div, { x1: positive }),
  pow: [
    ...binary(f.pow, { x0: positive }),
    // A negative base with a constant integer exponent.
    { types: ["f32[5]"], formula: ([x]) => f.pow(x!, 3), ranges: { x0: { low: -2, high: -0.5 } } },
  ],
  maximum: binary(f.maximum),
  minimum: binary(f.minimum),
  and: { reason: "bool result" },
  or: { reason: "bool result" },
  equal: { reason: "bool result" },
  less: { reason: "bool result" },
  greater: { reason: "bool result" },
  select: [
    one(["bool[4,3]", "f32[4,3]", "f32[4,3]"], ([c, a, b]) => f.select(c!, a!, b!)),
    one(["bool[4,1]", "f32[3]", "f32[]"], ([c, a, b]) => f.select(c!, a!, b!)),
    one(["bool[]", "f32[2,1]", "f32[1,3]"], ([c, a, b]) => f.select(c!, a!, b!)),
  ],
  cast: [
    one(["f16[3,2]"], ([x]) => f.mul(f.cast(x!, "f32"), f.cast(x!, "f32"))),
    one(["f32[3]"], ([x]) => f.add(f.mul(x!, x!), f.cast(f.cast(x!, "i32"), "f32"))),
  ],
  reshape: [one(["f32[2,3]"], ([x]) => f.mul(f.reshape(x!, [6]), f.reshape(x!, [6])))],
  transpose: [
    one(["f32[2,3,4]"], ([x]) => f.transpose(f.mul(x!, x!), [2, 0, 1])),
    one(["f32[0,3]"], ([x]) => f.transpose(f.exp(x!))),
  ],
  broadcastTo: [
    one(["f32[3,1]"], ([x]) => f.broadcastTo(f.exp(x!), [2, 3, 4])),
    one(["f32[]"], ([x]) => f.broadcastTo(f.exp(x!), [0, 2])),
  ],
  slice: [
    one(["f32[5,7]"], ([x]) => f.slice(f.exp(x!), [1, 0], [4, 7], [1, 3])),
    one(["f32[6]"], ([x]) => f.slice(f.exp(x!), [2], [2], [2])),
    one(["f32[4,1]"], ([x]) => f.sliceAxis(f.exp(x!), -1, 0, 1)),
  ],
  pad: [
    one(["f32[2,3]"], ([x]) => f.pad(f.exp(x!), [1, 0], [0, 2], 0.5, [2, 1])),
    one(["f32[0]"], ([x]) => f.pad(f.exp(x!), [2], [1], 1, [3])),
  ],
  concat: [
    one(["f32[2,3]", "f32[2,1]", "f32[2,0]"], (parts) => f.exp(f.concat(parts, 1))),
    one(["f32[3]"], ([x]) => f.exp(f.concat([x!, x!], -1))),
  ],
  gather: [
    one(["f32[4,3]"], ([x], builder) =>
      f.exp(f.gather(x!, indices(builder, [2, 2], [3, 0, 3, 1]))),
    ),
    one(["f32[2,4,2]"], ([x], builder) => f.gather(f.exp(x!), indices(builder, [], [2]), 1)),
  ],
  scatterAdd: [
    one(["f32[2,2,3]"], ([x], builder) =>
      f.exp(f.scatterAdd(indices(builder, [2, 2], [3, 0, 3, 1]), x!, 0, 5)),
    ),
    one(["f32[2,3]"], ([x], builder) => f.exp(f.scatterAdd(indices(builder, [], [1]), x!, -1, 2))),
  ],
  reverse: [one(["f32[2,3,2]"], ([x]) => f.reverse(f.exp(x!), [0, -1]))],
  iota: [one(["f32[3]"], ([x], builder) => f.exp(f.mul(x!, f.iota(builder, "f32", [2, 3], 0))))],
  reduceSum: [
    ...reduce((x, axes, keep) => f.reduceSum(f.mul(x, x), axes, keep)),
    ...[one(["f32[0,3]"], ([x]) => f.reduceSum(x!, [0]))],
  ],
  reduceMax: reduce(f.reduceMax),
  reduceMin: reduce(f.reduceMin),
  reduceProd: [...reduce(f.reduceProd), one(["f32[0,3]"], ([x]) => f.reduceProd(x!, [0]))],
  argMax: { reason: "i32 result" },
  matmul: [
    one(["f32[3,4]", "f32[4,5]"], ([a, b]) => f.matmul(a!, b!)),
    one(["f32[4,3]", "f32[4,5]"], ([a, b]) => f.matmul(a!, b!, true)),
    one(["f32[3,4]", "f32[5,4]"], ([a, b]) => f.matmul(a!, b!, false, true)),
    one(["f32[4,3]", "f32[5,4]"], ([a, b]) => f.matmul(a!, b!, true, true)),
    one(["f32[2,1,3,2]", "f32[4,2,3]"], ([a, b]) => f.matmul(a!, b!)),
    one(["f32[2,3]", "f32[4,3,1]"], ([a, b]) => f.matmul(a!, b!)),
    one(["f32[4,2,3]", "f32[1,2,3]"], ([a, b]) => f.matmul(a!, b!, true)),
    one(["f32[2,0]", "f32[0,3]"], ([a, b]) => f.matmul(a!, b!)),
  ],
  conv: convolutions.map(({ x, w, options }) => one([x, w], ([a, b]) => f.conv(a!, b!, options))),
  convInputGrad: convolutions.map(({ x, w, options }) =>
    one([x, w], ([a, b]) => f.convInputGrad(f.sin(f.conv(a!, b!, options)), b!, a!.shape, options)),
  ),
  convFilterGrad: convolutions.map(({ x, w, options }) =>
    one([x, w], ([a, b]) =>
      f.convFilterGrad(a!, f.sin(f.conv(a!, b!, options)), b!.shape, options),
    ),
  ),
  maxPool: pools.map(({ x, options }) => one([x], ([a]) => maxPoolOf(options, f.exp(a!)))),
  maxPoolGrad: pools.map(({ x, options }) =>
    one([x], ([a]) => {
      const pooled = maxPoolOf(options, a!);
      return f.maxPoolGrad(a!, pooled, f.exp(pooled), options);
    }),
  ),
  avgPool: pools.flatMap(({ x, options }) =>
    [true, false].map((countIncludePad) =>
      one([x], ([a]) => f.avgPool(f.exp(a!), { ...options, countIncludePad })),
    ),
  ),
  avgPoolGrad: pools.flatMap(({ x, options }) =>
    [true, false].map((countIncludePad) =>
      one([x], ([a]) => {
        const pooled = f.avgPool(a!, { ...options, countIncludePad });
        return f.avgPoolGrad(f.exp(pooled), a!.shape, { ...options, countIncludePad });
      }),
    ),
  ),
  randomUniform: { reason: "i32 operand" },
  allReduce: [
    one(["f32[3]"], ([x]) => f.allReduce(f.exp(x!), "all", "sum")),
    one(["f32[3]"], ([x]) => f.allReduce(f.exp(x!), "all", "mean")),
  ],
  send: [one(["f32[3]"], ([x]) => f.send(f.exp(x!), 1, "x"))],
  recv: [one(["f32[3]"], ([x]) => f.recv(f.exp(x!), 1, "x"))],
};

const checked = Object.entries(cases).flatMap(([op, list]) =>
  "reason" in list ? [] : list.map((item, i) => ({ op, i, types: item.types.join(" "), item })),
);

describe.each([1, 2] as const)("gradient of order %d", (order) => {
  test.each(checked)("$op case $i: $types", ({ item }) => {
    const graph = programOf(item.types, item.formula);
    const inputs = sampleInputs(graph, 3, item.ranges);
    const report = checkGradient(graph, inputs, { order });
    expect(report.faults).toEqual([]);
    const elements = Object.values(inputs).reduce(
      (sum, input) =>
        sum + (input.dtype === "f32" || input.dtype === "f16" ? input.data.length : 0),
      0,
    );
    expect(report.checked).toBe(elements);
  });
});
