// Every primitive on ONNX Runtime against the float64 reference, for each dtype it accepts, sizes 0 and 1 included.
import {
  evaluate,
  GraphBuilder,
  primitiveNames,
  sizeOf,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type DType,
  type PrimitiveName,
  type Shape,
} from "@fastgpu/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import backend from "../src/index.ts";

let device: Device;
beforeAll(async () => {
  const [cpu] = await backend.devices();
  device = await backend.open(cpu!, { threads: 1 });
});
afterAll(() => device.dispose());

interface Operand {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values?: readonly number[];
}
interface Case {
  readonly op: PrimitiveName;
  readonly operands: readonly Operand[];
  readonly attrs: Record<string, unknown>;
}

const floats: readonly DType[] = ["f32", "f16"];
const numbers: readonly DType[] = ["f32", "f16", "i32", "i8", "u8"];
const all: readonly DType[] = [...numbers, "bool"];
const cases: Case[] = [];
const add = (
  op: PrimitiveName,
  dtypes: readonly DType[],
  shapes: readonly (readonly Shape[])[],
  attrs: Record<string, unknown> = {},
): void => {
  for (const dtype of dtypes)
    for (const list of shapes)
      cases.push({ op, operands: list.map((shape) => ({ dtype, shape })), attrs });
};

const single: Shape[][] = [[[2, 3]], [[1]], [[]], [[0, 3]], [[7, 5]]];
const pairs: Shape[][] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [4]],
  [[0, 3], [3]],
];
for (const op of [
  "reciprocal",
  "exp",
  "log",
  "sqrt",
  "rsqrt",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "erf",
] as const)
  add(op, floats, single);
for (const op of ["floor", "ceil", "round", "isFinite"] as const) add(op, floats, single);
for (const op of ["neg", "abs", "sign"] as const) add(op, numbers, single);
add("not", ["bool"], single);
for (const op of ["add", "sub", "mul", "div", "maximum", "minimum"] as const)
  add(op, numbers, pairs);
add("pow", floats, pairs);
for (const op of ["and", "or"] as const) add(op, ["bool"], pairs);
for (const op of ["equal", "less", "greater"] as const) add(op, numbers, pairs);
for (const dtype of all) {
  const [a, b] = [[2, 3], [3]];
  const condition: Operand = { dtype: "bool", shape: [2, 1] };
  cases.push({
    op: "select",
    operands: [condition, { dtype, shape: a }, { dtype, shape: b }],
    attrs: {},
  });
  for (const to of all) add("cast", [dtype], [[[2, 3]], [[0]]], { dtype: to });
  cases.push({ op: "iota", operands: [], attrs: { dtype, shape: [2, 3, 2], axis: 1 } });
}
cases.splice(
  0,
  cases.length,
  ...cases.filter(({ op, attrs }) => op !== "iota" || attrs["dtype"] !== "bool"),
);
add("reshape", all, [[[2, 6]]], { shape: [3, 4] });
add("transpose", all, [[[2, 3, 4]], [[2, 0, 4]]], { permutation: [2, 0, 1] });
add("broadcastTo", all, [[[3, 1]], [[1]]], { shape: [2, 3, 4] });
add("slice", all, [[[5, 6]]], { starts: [1, 0], limits: [5, 6], strides: [2, 1] });
add("slice", all, [[[5, 6]]], { starts: [1, 2], limits: [1, 6], strides: [1, 1] });
add("pad", all, [[[2, 3]], [[0, 3]]], { low: [1, 0], high: [0, 2], interior: [0, 0], value: 1 });
add("pad", numbers, [[[2, 3]], [[1, 3]]], {
  low: [1, 0],
  high: [0, 2],
  interior: [2, 1],
  value: 3,
});
add(
  "concat",
  all,
  [
    [
      [2, 3],
      [2, 1],
    ],
    [
      [2, 0],
      [2, 2],
    ],
    [[2, 2]],
  ],
  { axis: -1 },
);
add("reverse", all, [[[3, 4]]], { axes: [0, -1] });
const indices: Operand = { dtype: "i32", shape: [2, 2], values: [2, 0, 2, 1] };
for (const dtype of all) {
  for (const axis of [0, 1]) {
    cases.push({ op: "gather", operands: [{ dtype, shape: [3, 4] }, indices], attrs: { axis } });
    if (dtype === "bool") continue;
    const shape = axis === 0 ? [2, 2, 3] : [3, 2, 2];
    cases.push({
      op: "scatterAdd",
      operands: [indices, { dtype, shape }],
      attrs: { axis, size: 4 },
    });
  }
}
for (const op of ["reduceSum", "reduceProd", "reduceMax", "reduceMin"] as const)
  for (const keepDims of [true, false]) {
    add(op, numbers, [[[2, 3, 2]], [[2, 0, 2]], [[1, 1, 1]]], { axes: [1, -1], keepDims });
    add(op, numbers, [[[2, 3]]], { axes: [], keepDims });
  }
add("reduceSum", numbers, [[[5, 3]], [[1, 4]]], { axes: [0], keepDims: false });
add("argMax", numbers, [[[3, 5]], [[1, 1]]], { axis: 1, keepDims: false });
for (const transposeA of [false, true])
  for (const transposeB of [false, true]) {
    const a = transposeA ? [4, 3] : [3, 4];
    const b = transposeB ? [5, 4] : [4, 5];
    const empty = transposeA ? [0, 3] : [3, 0];
    const none = transposeB ? [5, 0] : [0, 5];
    add(
      "matmul",
      numbers,
      [
        [a, b],
        [[2, ...a], b],
        [
          [2, 1, ...a],
          [3, ...b],
        ],
        [empty, none],
      ],
      { transposeA, transposeB },
    );
  }
const window = (
  strides: number[],
  padding: number[][],
  dilations: number[],
  groups: number,
): Record<string, unknown> => ({
  strides,
  padding,
  dilations,
  groups,
});
const convolutions: [Shape, Shape, Shape, Record<string, unknown>][] = [
  [
    [2, 3, 5, 6],
    [4, 3, 3, 3],
    [2, 4, 5, 6],
    window(
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
      1,
    ),
  ],
  [
    [2, 4, 7, 7],
    [6, 2, 3, 2],
    [2, 6, 4, 3],
    window(
      [2, 2],
      [
        [1, 1],
        [0, 0],
      ],
      [1, 1],
      2,
    ),
  ],
  [[1, 2, 9], [2, 2, 3], [1, 2, 5], window([1], [[0, 0]], [2], 1)],
  [[2, 3, 8], [3, 1, 2], [2, 3, 3], window([3], [[0, 1]], [1], 3)],
  [
    [1, 2, 4, 4, 4],
    [3, 2, 2, 2, 2],
    [1, 3, 3, 3, 3],
    window(
      [1, 1, 1],
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [1, 1, 1],
      1,
    ),
  ],
  [
    [2, 2, 6, 6],
    [2, 2, 2, 2],
    [2, 2, 3, 3],
    window(
      [2, 2],
      [
        [0, 1],
        [1, 0],
      ],
      [2, 2],
      1,
    ),
  ],
];
for (const [x, w, y, attrs] of convolutions) {
  add("conv", floats, [[x, w]], attrs);
  add("convInputGrad", floats, [[y, w]], { ...attrs, inputShape: x });
  add("convFilterGrad", floats, [[x, y]], { ...attrs, filterShape: w });
}
add(
  "conv",
  ["f32"],
  [
    [
      [0, 2, 4],
      [3, 2, 2],
    ],
  ],
  window([1], [[0, 0]], [1], 1),
);
const pools: [Shape, Shape, Record<string, unknown>][] = [
  [
    [2, 3, 4, 6],
    [2, 3, 2, 3],
    {
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [2, 3, 5, 7],
    [2, 3, 2, 3],
    {
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [1, 2, 6, 6],
    [1, 2, 3, 2],
    {
      window: [2, 3],
      strides: [2, 3],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    [1, 2, 6, 6],
    [1, 2, 6, 3],
    {
      window: [3, 3],
      strides: [1, 2],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
  [[2, 2, 9], [2, 2, 4], { window: [3], strides: [2], padding: [[0, 0]] }],
  [
    [1, 1, 4, 4, 4],
    [1, 1, 2, 2, 2],
    {
      window: [2, 2, 2],
      strides: [2, 2, 2],
      padding: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    },
  ],
];
for (const [x, y, attrs] of pools) {
  add("maxPool", floats, [[x]], attrs);
  for (const countIncludePad of [true, false]) {
    add("avgPool", floats, [[x]], { ...attrs, countIncludePad });
    add("avgPoolGrad", floats, [[y]], { ...attrs, countIncludePad, inputShape: x });
  }
  add("maxPoolGrad", floats, [[x, y, y]], attrs);
}
for (const shape of [[1], [7], [4, 6], [0]])
  cases.push({
    op: "randomUniform",
    operands: [{ dtype: "i32", shape: [2], values: [-7, 123456789] }],
    attrs: { shape },
  });
add("allReduce", numbers, [[[2, 3]]], { group: "g", reduction: "mean" });
add("send", all, [[[2, 3]]], { to: 1, tag: "t" });
add("recv", all, [[[2, 3]]], { from: 1, tag: "t" });

/** Distinct operands that every op is defined for: small positive numbers, signed for ops that take them. */
function valuesFor(
  op: PrimitiveName,
  { dtype, shape, values }: Operand,
  position: number,
): readonly number[] {
  if (values !== undefined) return values;
  const isPositive =
    ["log", "sqrt", "rsqrt", "pow", "reciprocal"].includes(op) || (op === "div" && position === 1);
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    if (dtype === "bool") return (i * 7 + position) % 3 === 0 ? 1 : 0;
    const step = ((i * 37 + position * 11) % 17) + 1;
    if (dtype === "f32" || dtype === "f16")
      return (isPositive || step % 2 === 0 ? step : -step) / 8;
    return isPositive || dtype === "u8" || step % 2 === 0 || op === "cast"
      ? (step % 7) + 1
      : -(step % 7) - 1;
  });
}

const name = ({ op, operands, attrs }: Case): string =>
  `${op} ${operands.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(" ")} ${JSON.stringify(attrs)}`;

it("has a case for every primitive", () => {
  expect(new Set(cases.map(({ op }) => op))).toEqual(new Set(primitiveNames));
});

describe.each(primitiveNames)("%s", (op) => {
  const own = cases.filter((candidate) => candidate.op === op);
  it.each(own.map((entry) => [name(entry), entry] as const))(
    "%s",
    async (_name, { operands, attrs }) => {
      const b = new GraphBuilder("case");
      const inputs = operands.map((operand, i) => b.input(`x${i}`, operand.dtype, operand.shape));
      if (op === "maxPoolGrad") inputs[1] = b.op("maxPool", [inputs[0]!], attrs as never);
      b.output("y", b.op(op, inputs, attrs as never));
      const graph = b.build();
      const feeds = Object.fromEntries(
        operands.map((operand, i) => [
          `x${i}`,
          tensorFrom(operand.dtype, operand.shape, valuesFor(op, operand, i)),
        ]),
      );
      const expected = evaluate(graph, toReferences(feeds)).outputs["y"]!;
      const program = await device.compile(graph);
      const { y } = await program.run(feeds);
      await program.dispose();
      expect(y!.dtype).toBe(expected.dtype);
      expect(y!.shape).toEqual(expected.shape);
      // One rounding of the result and some of the sums: 2^-11 for f16, 2^-24 for f32, times the terms of these sizes.
      const tolerance =
        expected.dtype === "f16" || operands.some(({ dtype }) => dtype === "f16") ? 4e-3 : 2e-6;
      toNumbers(y!).forEach((value, i) => {
        const right = expected.data[i]!;
        if (value === right || (Number.isNaN(value) && Number.isNaN(right))) return;
        expect(Math.abs(value - right)).toBeLessThanOrEqual(
          tolerance * Math.max(1, Math.abs(right)),
        );
      });
    },
  );
});
