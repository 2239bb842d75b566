// Primitives that move elements, reduce them or find them: all ranks, empty axes, strides, negative axes.
import { eachDType, everyDType, numbers, type OpCase } from "./op-case.ts";

const indices = (
  shape: string,
  values: readonly number[],
): Pick<OpCase, "values"> & { type: string } => ({
  type: `i32${shape}`,
  values: { 0: values },
});

const gathers: readonly (readonly [string, number, string, readonly number[]])[] = [
  ["[3,4]", 0, "[2,2]", [2, 0, 2, 1]],
  ["[3,4]", 1, "[2,2]", [2, 0, 3, 1]],
  ["[3,4]", -1, "[]", [3]],
  ["[5]", 0, "[7]", [4, 4, 0, 1, 3, 2, 0]],
  ["[2,3,2]", 1, "[1]", [1]],
  ["[1,1]", 0, "[3]", [0, 0, 0]],
  ["[3,4]", 0, "[0]", []],
  ["[3,0]", 0, "[2]", [1, 0]],
];

const gatherCases: OpCase[] = everyDType.flatMap((dtype) =>
  gathers.map(([shape, axis, at, values]): OpCase => ({
    op: "gather",
    operands: [`${dtype}${shape}`, `i32${at}`],
    attrs: { axis },
    values: { 1: values },
  })),
);

const scatters: readonly (readonly [string, readonly number[], string, number, number])[] = [
  ["[2,2]", [2, 0, 2, 1], "[2,2,3]", 0, 4],
  ["[2,2]", [2, 0, 2, 1], "[3,2,2]", 1, 4],
  ["[]", [1], "[2,3]", -1, 2],
  ["[5]", [0, 0, 0, 0, 0], "[5]", 0, 1],
  ["[3]", [6, 0, 3], "[3,1,2]", 0, 7],
  ["[0]", [], "[0,2]", 0, 3],
  ["[2]", [1, 1], "[2,0]", 0, 3],
];

const scatterCases: OpCase[] = numbers.flatMap((dtype) =>
  scatters.map(([at, values, shape, axis, size]): OpCase => {
    const { type, values: first } = indices(at, values);
    return {
      op: "scatterAdd",
      operands: [type, `${dtype}${shape}`],
      attrs: { axis, size },
      ...(first === undefined ? {} : { values: first }),
    };
  }),
);

const iotas: OpCase[] = numbers.flatMap((dtype) =>
  [
    { shape: [2, 3, 2], axis: 1 },
    { shape: [5], axis: 0 },
    { shape: [0, 2], axis: 0 },
    { shape: [1, 100], axis: -1 },
  ].map((attrs): OpCase => ({ op: "iota", operands: [], attrs: { dtype, ...attrs } })),
);

/** Dtypes whose sums of many terms of both signs still mean something. */
const wide = numbers.filter((dtype) => dtype !== "f16");

const reductions: OpCase[] = (
  ["reduceSum", "reduceProd", "reduceMax", "reduceMin"] as const
).flatMap((op) => [
  ...[true, false].flatMap((keepDims) => [
    ...eachDType(op, numbers, ["[2,3,2]", "[2,0,2]", "[1,1,1]", "[3,1,5]"], {
      axes: [1, -1],
      keepDims,
    }),
    ...eachDType(op, numbers, ["[2,3]", "[]"], { axes: [], keepDims }),
    ...eachDType(op, wide, ["[2,3,4]"], { axes: [0, 1, 2], keepDims }),
  ]),
  ...eachDType(op, numbers, ["[5,3]", "[1,4]", "[0,3]"], { axes: [0], keepDims: false }),
  ...eachDType(op, ["i32"], ["[7,1,3,2]"], { axes: [2, 0], keepDims: true }),
]);

const moves: OpCase[] = [
  ...eachDType("reshape", everyDType, ["[2,6]"], { shape: [3, 4] }),
  ...eachDType("reshape", everyDType, ["[0,6]"], { shape: [2, 0] }),
  ...eachDType("reshape", everyDType, ["[1,1]"], { shape: [] }),
  ...eachDType("reshape", everyDType, ["[]"], { shape: [1, 1, 1] }),
  ...eachDType("transpose", everyDType, ["[2,3,4]", "[2,0,4]", "[1,3,1]"], {
    permutation: [2, 0, 1],
  }),
  ...eachDType("transpose", everyDType, ["[37,41]"], { permutation: [1, 0] }),
  ...eachDType("transpose", everyDType, ["[]"], { permutation: [] }),
  ...eachDType("transpose", everyDType, ["[2,3,2,2,3]"], { permutation: [4, 1, 0, 3, 2] }),
  ...eachDType("broadcastTo", everyDType, ["[3,1]", "[1]", "[]", "[1,1,4]"], { shape: [2, 3, 4] }),
  ...eachDType("broadcastTo", everyDType, ["[1,3]"], { shape: [0, 3] }),
  ...eachDType("broadcastTo", everyDType, ["[]"], { shape: [] }),
  ...eachDType("slice", everyDType, ["[5,6]"], { starts: [1, 0], limits: [5, 6], strides: [2, 1] }),
  ...eachDType("slice", everyDType, ["[5,6]"], { starts: [1, 2], limits: [1, 6], strides: [1, 1] }),
  ...eachDType("slice", everyDType, ["[5,7]"], { starts: [0, 1], limits: [4, 6], strides: [3, 4] }),
  ...eachDType("slice", everyDType, ["[9]"], { starts: [8], limits: [9], strides: [5] }),
  ...eachDType("slice", everyDType, ["[]"], { starts: [], limits: [], strides: [] }),
  ...eachDType("pad", everyDType, ["[2,3]", "[0,3]"], {
    low: [1, 0],
    high: [0, 2],
    interior: [0, 0],
    value: 1,
  }),
  ...eachDType("pad", numbers, ["[2,3]", "[1,3]", "[0,1]"], {
    low: [1, 0],
    high: [0, 2],
    interior: [2, 1],
    value: 3,
  }),
  ...eachDType("pad", everyDType, ["[4]"], { low: [0], high: [0], interior: [3], value: 0 }),
  ...eachDType("concat", everyDType, ["[2,3] [2,1]", "[2,0] [2,2]", "[2,2]", "[1,1] [1,5] [1,2]"], {
    axis: -1,
  }),
  ...eachDType("concat", everyDType, ["[2,3] [4,3] [0,3]"], { axis: 0 }),
  ...eachDType("reverse", everyDType, ["[3,4]", "[1,5]", "[0,2]"], { axes: [0, -1] }),
  ...eachDType("reverse", everyDType, ["[2,3,4]"], { axes: [1] }),
  ...eachDType("reverse", everyDType, ["[2,3]"], { axes: [] }),
];

const searches: OpCase[] = [
  ...eachDType("argMax", numbers, ["[3,5]", "[1,1]", "[0,2]"], { axis: 1, keepDims: false }),
  ...eachDType("argMax", numbers, ["[3,5,2]"], { axis: 0, keepDims: true }),
  ...eachDType("argMax", numbers, ["[3,5,2]"], { axis: -2, keepDims: false }),
  ...numbers.map((dtype): OpCase => ({
    op: "argMax",
    operands: [`${dtype}[2,4]`],
    attrs: { axis: 1, keepDims: false },
    values: { 0: [3, 7, 7, 1, 5, 5, 5, 5] },
    note: "takes the first of equals",
  })),
];

/** Op cases of movement, indexing, reductions and searches. */
export const movementCases: readonly OpCase[] = [
  ...moves,
  ...gatherCases,
  ...scatterCases,
  ...iotas,
  ...reductions,
  ...searches,
];
