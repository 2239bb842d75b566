// Elementwise primitives as functions: arithmetic, comparison, choice, conversion.
import type { DType } from "../graph/dtype.ts";
import type { Value } from "../graph/value.ts";
import { binary, unary, type Operand } from "./emit.ts";

/** -x. */
export const neg = (x: Value): Value => unary("neg", x);
/** |x|; its gradient at 0 is 0. */
export const abs = (x: Value): Value => unary("abs", x);
/** -1, 0 or 1; its gradient is 0. */
export const sign = (x: Value): Value => unary("sign", x);
/** 1 / x. */
export const reciprocal = (x: Value): Value => unary("reciprocal", x);
/** e^x. */
export const exp = (x: Value): Value => unary("exp", x);
/** Natural logarithm; -Infinity at 0, NaN below. */
export const log = (x: Value): Value => unary("log", x);
/** Square root; NaN below 0. */
export const sqrt = (x: Value): Value => unary("sqrt", x);
/** 1 / sqrt(x). */
export const rsqrt = (x: Value): Value => unary("rsqrt", x);
/** sin(x), x in radians. */
export const sin = (x: Value): Value => unary("sin", x);
/** cos(x), x in radians. */
export const cos = (x: Value): Value => unary("cos", x);
/** Hyperbolic tangent. */
export const tanh = (x: Value): Value => unary("tanh", x);
/** 1 / (1 + e^-x). */
export const sigmoid = (x: Value): Value => unary("sigmoid", x);
/** The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf = (x: Value): Value => unary("erf", x);
/** Largest integer not above x; its gradient is 0. */
export const floor = (x: Value): Value => unary("floor", x);
/** Smallest integer not below x; its gradient is 0. */
export const ceil = (x: Value): Value => unary("ceil", x);
/** Nearest integer, halves to even; its gradient is 0. */
export const round = (x: Value): Value => unary("round", x);
/** True where x is neither infinite nor NaN. */
export const isFinite = (x: Value): Value => unary("isFinite", x);
/** Logical negation of a bool. */
export const not = (x: Value): Value => unary("not", x);

/** a + b, broadcast. */
export const add = (a: Operand, b: Operand): Value => binary("add", a, b);
/** a - b, broadcast. */
export const sub = (a: Operand, b: Operand): Value => binary("sub", a, b);
/** a * b, broadcast. */
export const mul = (a: Operand, b: Operand): Value => binary("mul", a, b);
/** a / b, broadcast; integers truncate toward zero. */
export const div = (a: Operand, b: Operand): Value => binary("div", a, b);
/** a^b, broadcast; floats only. */
export const pow = (a: Operand, b: Operand): Value => binary("pow", a, b);
/** max(a, b), broadcast. */
export const maximum = (a: Operand, b: Operand): Value => binary("maximum", a, b);
/** min(a, b), broadcast. */
export const minimum = (a: Operand, b: Operand): Value => binary("minimum", a, b);
/** a and b, broadcast; bools only. */
export const and = (a: Operand, b: Operand): Value => binary("and", a, b);
/** a or b, broadcast; bools only. */
export const or = (a: Operand, b: Operand): Value => binary("or", a, b);
/** a = b, broadcast, as bool. */
export const equal = (a: Operand, b: Operand): Value => binary("equal", a, b);
/** a < b, broadcast, as bool. */
export const less = (a: Operand, b: Operand): Value => binary("less", a, b);
/** a > b, broadcast, as bool. */
export const greater = (a: Operand, b: Operand): Value => binary("greater", a, b);

/** condition ? a : b, broadcast; a number takes the dtype of the other branch. */
export function select(condition: Value, a: Operand, b: Operand): Value {
  const { emitter } = condition;
  const dtype = typeof a === "number" ? (typeof b === "number" ? "f32" : b.dtype) : a.dtype;
  const lift = (x: Operand): Value => (typeof x === "number" ? emitter.scalar(x, dtype) : x);
  return emitter.op("select", [condition, lift(a), lift(b)], {});
}

/** x converted to another dtype; x itself if it already has it. */
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype ? x : x.emitter.op("cast", [x], { dtype });
