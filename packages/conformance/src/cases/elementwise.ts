// Elementwise primitives: same shapes, broadcasting in every direction, size 1, size 0, odd and larger sizes.
import { isFloat, type PrimitiveName } from "@fastgpu/core";
import { eachDType, everyDType, floats, numbers, type OpCase } from "./op-case.ts";

const single = ["[2,3]", "[1]", "[]", "[0,3]", "[7,5]", "[1,1,1,1]", "[3,1,2,1,2]", "[1031]"];
const pairs = [
  "[2,3] [2,3]",
  "[2,3] [3]",
  "[3] [2,3]",
  "[2,1] [1,3]",
  "[] [4]",
  "[4] []",
  "[] []",
  "[0,3] [3]",
  "[0,1] [1,3]",
  "[1,1] [0,3]",
  "[5,1,7] [3,1]",
  "[2,3,1,5] [1,4,1]",
  "[257] [1]",
  "[13,17] [13,17]",
];

const of = (
  ops: readonly PrimitiveName[],
  dtypes: Parameters<typeof eachDType>[1],
  shapes: readonly string[],
): OpCase[] => ops.flatMap((op) => eachDType(op, dtypes, shapes));

const functions = [
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
] as const;

/** Where vector code leaves the whole lanes: every length around the common widths. */
const lengths: readonly string[] = [2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65].map(
  (size) => `[${size}]`,
);

const conditions = ["[2,3]", "[2,1]", "[]", "[1]"];

const selects: OpCase[] = everyDType.flatMap((dtype) => [
  ...conditions.map((shape) => ({
    op: "select" as const,
    operands: [`bool${shape}`, `${dtype}[2,3]`, `${dtype}[3]`],
  })),
  { op: "select", operands: ["bool[0,3]", `${dtype}[0,3]`, `${dtype}[]`] },
  { op: "select", operands: ["bool[4,1]", `${dtype}[]`, `${dtype}[5]`] },
]);

const casts: OpCase[] = everyDType.flatMap((from) =>
  everyDType.flatMap((dtype) =>
    ["[2,3]", "[0]", "[]"].map((shape): OpCase => ({
      op: "cast",
      operands: [`${from}${shape}`],
      attrs: { dtype },
      // Negative floats have no value in u8.
      ...(dtype === "u8" && isFloat(from) && shape !== "[0]"
        ? { values: { 0: shape === "[]" ? [5] : [0, 1.5, 2, 100, 30, 7.875] } }
        : {}),
    })),
  ),
);

/** Op cases of the elementwise primitives. */
export const elementwiseCases: readonly OpCase[] = [
  ...of(functions, floats, single),
  ...of(functions, ["f32"], lengths),
  ...of(["floor", "ceil", "round", "isFinite"], floats, single),
  ...of(["neg", "abs", "sign"], ["f32", "f16", "i32", "i8"], single),
  ...of(["neg", "abs", "sign"], ["u8"], single),
  ...of(["not"], ["bool"], single),
  ...of(["add", "sub", "mul", "div", "maximum", "minimum"], numbers, pairs),
  ...of(["pow"], floats, pairs),
  ...of(["and", "or"], ["bool"], pairs),
  ...of(["equal", "less", "greater"], numbers, pairs),
  ...of(["equal"], ["bool"], pairs),
  ...selects,
  ...casts,
];
