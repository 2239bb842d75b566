// WGSL of the elementwise primitives: one expression per element from those of the operands.
import type { DType, PrimitiveName, TensorType } from "@fastgpu/core";
import type { Wgsl } from "../kernels/kernel.ts";
import type { FunctionName } from "./functions.ts";
import { valueTypeOf } from "./program.ts";

/** What a rule gets: operand expressions, types, and the library. */
export interface ScalarContext {
  readonly inputs: readonly Wgsl[];
  readonly types: readonly TensorType[];
  readonly output: TensorType;
  /** Whether f16 is computed as f16 where that rounds no other way; see {@link halfRules}. */
  readonly isHalfNative: boolean;
  /** Notes that the module needs a function, and gives its name. */
  readonly use: (name: FunctionName) => Wgsl;
}

type ScalarRule = (context: ScalarContext) => Wgsl;

/** Names of the elementwise primitives. */
export type ScalarOp = Exclude<PrimitiveName, HeavyOp | MovementOp | "allReduce" | "send" | "recv">;

type HeavyOp =
  | "reduceSum"
  | "reduceMax"
  | "reduceMin"
  | "reduceProd"
  | "argMax"
  | "matmul"
  | "conv"
  | "convInputGrad"
  | "convFilterGrad"
  | "maxPool"
  | "maxPoolGrad"
  | "avgPool"
  | "avgPoolGrad"
  | "scatterAdd";

type MovementOp =
  | "reshape"
  | "transpose"
  | "broadcastTo"
  | "slice"
  | "pad"
  | "concat"
  | "gather"
  | "reverse"
  | "iota"
  | "randomUniform";

const infix =
  (operator: string): ScalarRule =>
  ({ inputs: [a, b] }) =>
    `${a!} ${operator} ${b!}`;

const call =
  (name: string): ScalarRule =>
  ({ inputs }) =>
    `${name}(${inputs.join(", ")})`;

const ours =
  (name: FunctionName): ScalarRule =>
  ({ inputs, use }) =>
    `${use(name)}(${inputs.join(", ")})`;

/** One rule for floats, another for the other dtypes. */
const byClass =
  (float: ScalarRule, other: ScalarRule): ScalarRule =>
  (context) =>
    valueTypeOf(context.types[0]!.dtype) === "f32" ? float(context) : other(context);

/** Flips the sign bit: subtraction from zero would flush denormals. */
const negate: ScalarRule = ({ inputs: [x] }) => `bitcast<f32>(bitcast<u32>(${x!}) ^ 0x80000000u)`;

const magnitude: ScalarRule = ({ inputs: [x] }) =>
  `bitcast<f32>(bitcast<u32>(${x!}) & 0x7fffffffu)`;

/** The rule of every elementwise primitive. */
export const scalarRules: { readonly [K in ScalarOp]: ScalarRule } = {
  neg: byClass(negate, ({ inputs: [x] }) => `-${x!}`),
  abs: byClass(magnitude, call("abs")),
  sign: byClass(ours("sign_nan"), call("sign")),
  reciprocal: ({ inputs: [x] }) => `1f / ${x!}`,
  exp: ours("exp_f32"),
  log: ours("log_f32"),
  sqrt: call("sqrt"),
  rsqrt: ({ inputs: [x] }) => `1f / sqrt(${x!})`,
  sin: ours("sin_f32"),
  cos: ours("cos_f32"),
  tanh: ours("tanh_f32"),
  sigmoid: ours("sigmoid_f32"),
  erf: ours("erf_f32"),
  floor: call("floor"),
  ceil: call("ceil"),
  round: call("round"),
  isFinite: ours("is_finite"),
  not: ({ inputs: [x] }) => `!${x!}`,
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  pow: ours("pow_f32"),
  maximum: byClass(ours("max_nan"), call("max")),
  minimum: byClass(ours("min_nan"), call("min")),
  and: infix("&&"),
  or: infix("||"),
  equal: infix("=="),
  less: infix("<"),
  greater: infix(">"),
  select: ({ inputs: [condition, a, b] }) => `select(${b!}, ${a!}, ${condition!})`,
  cast: ({ inputs: [x], types, output, use }) => converted(x!, types[0]!.dtype, output.dtype, use),
};

/**
 * Rules on operands of WGSL's type f16. Sums, differences and products of two f16 values are the same, computed in f32 and rounded
 * or in f16, as 24 bits are more than twice 11 and 2 more (Figueroa 1995); the others round nothing. Quotients and elementary
 * functions may be less accurate in f16, so they stay f32.
 */
const halfRules: { readonly [K in ScalarOp]?: ScalarRule } = {
  neg: ({ inputs: [x] }) => `-${x!}`,
  abs: call("abs"),
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  maximum: ours("max_nan_f16"),
  minimum: ours("min_nan_f16"),
  equal: infix("=="),
  less: infix("<"),
  greater: infix(">"),
  select: scalarRules.select,
};

/** Ops whose result is a number of the dtype if the operands are; abs and neg of bytes may wrap. */
const closed: ReadonlySet<ScalarOp> = new Set<ScalarOp>([
  "maximum",
  "minimum",
  "select",
  "sign",
  "floor",
  "ceil",
  "round",
]);

/** True for the ops of the table. */
export function isScalarOp(op: string): op is ScalarOp {
  return Object.hasOwn(scalarRules, op);
}

/** An expression of the op's value type, in the range and precision of its dtype. */
export function scalarValue(op: ScalarOp, context: ScalarContext): Wgsl {
  const { dtype } = context.output;
  const inHalf = halfRules[op];
  if (inHalf !== undefined && isHalfOp(context)) {
    // Drivers drop a conversion there and back: a chain of such ops stays f16.
    const inputs = context.inputs.map((x, i) =>
      context.types[i]!.dtype === "f16" ? `f16(${x})` : x,
    );
    const value = inHalf({ ...context, inputs });
    return dtype === "f16" ? `f32(${value})` : value;
  }
  const value = scalarRules[op](context);
  const isClosed = closed.has(op) || (dtype === "f16" && (op === "neg" || op === "abs"));
  return isClosed ? value : narrowed(value, dtype, context.use);
}

function isHalfOp({ isHalfNative, types }: ScalarContext): boolean {
  return isHalfNative && types.at(-1)!.dtype === "f16";
}

/** An expression of the dtype's value type brought into the range and precision of the dtype. */
export function narrowed(value: Wgsl, dtype: DType, use: (name: FunctionName) => Wgsl): Wgsl {
  switch (dtype) {
    case "f16":
      return `f32(f16(${value}))`;
    case "i8":
      return `${use("wrap_i8")}(${value})`;
    case "u8":
      return `${use("wrap_u8")}(${value})`;
    default:
      return value;
  }
}

function converted(x: Wgsl, from: DType, to: DType, use: (name: FunctionName) => Wgsl): Wgsl {
  const [source, target] = [valueTypeOf(from), valueTypeOf(to)];
  if (source === target) return x;
  if (target === "bool") {
    // By bits, as a comparison may take denormals for zero.
    return source === "f32" ? `(bitcast<u32>(${x}) & 0x7fffffffu) != 0u` : `${x} != 0i`;
  }
  if (source === "bool") return `${target}(${x})`;
  return target === "f32" ? `f32(${x})` : `${use("to_i32")}(${x})`;
}
