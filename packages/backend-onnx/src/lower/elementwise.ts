// Elementwise primitives. ONNX Runtime's CPU kernels cover f32, f16 and the integers except where a detour is named.
import { direct, castTo, type Lowering, type LoweringOf } from "./lowering.ts";

const unary = (type: string): LoweringOf<unknown> => direct(type);

/** -x. */
export const neg: Lowering<"neg"> = direct("Neg", { u8: "i32" });
/** |x|. */
export const abs: Lowering<"abs"> = unary("Abs");
/** Sign of x; the f16 kernel takes NaN for 0. */
export const sign: Lowering<"sign"> = direct("Sign", { f16: "f32" });
/** 1/x. */
export const reciprocal: Lowering<"reciprocal"> = unary("Reciprocal");
/** e^x. */
export const exp: Lowering<"exp"> = unary("Exp");
/** Natural logarithm. */
export const log: Lowering<"log"> = unary("Log");
/** Square root. */
export const sqrt: Lowering<"sqrt"> = unary("Sqrt");
/** 1/sqrt(x), which ONNX lacks. */
export const rsqrt: Lowering<"rsqrt"> = ({ writer, inputs }) =>
  writer.node("Reciprocal", [writer.node("Sqrt", inputs)]);
/** Sine. */
export const sin: Lowering<"sin"> = unary("Sin");
/** Cosine. */
export const cos: Lowering<"cos"> = unary("Cos");
/** Hyperbolic tangent. */
export const tanh: Lowering<"tanh"> = unary("Tanh");
/** 1/(1 + e^-x). */
export const sigmoid: Lowering<"sigmoid"> = unary("Sigmoid");
/** Error function. */
export const erf: Lowering<"erf"> = unary("Erf");
/** Largest integer <= x. */
export const floor: Lowering<"floor"> = unary("Floor");
/** Smallest integer >= x. */
export const ceil: Lowering<"ceil"> = unary("Ceil");
/** Nearest integer, halves to even, as ONNX rounds. */
export const round: Lowering<"round"> = unary("Round");
/** Logical negation. */
export const not: Lowering<"not"> = unary("Not");

/** Neither NaN nor infinite. */
export const isFinite: Lowering<"isFinite"> = ({ writer, inputs }) => {
  const either = writer.node("Or", [writer.node("IsNaN", inputs), writer.node("IsInf", inputs)]);
  return writer.node("Not", [either]);
};

/** a + b. */
export const add: Lowering<"add"> = direct("Add");
/** a - b. */
export const sub: Lowering<"sub"> = direct("Sub");
/** a b. */
export const mul: Lowering<"mul"> = direct("Mul");
/** a / b; integer kernels truncate. */
export const div: Lowering<"div"> = direct("Div");
/** a^b. */
export const pow: Lowering<"pow"> = direct("Pow");
/** Larger of both. */
export const maximum: Lowering<"maximum"> = direct("Max");
/** Smaller of both. */
export const minimum: Lowering<"minimum"> = direct("Min");
/** Logical and. */
export const and: Lowering<"and"> = direct("And");
/** Logical or. */
export const or: Lowering<"or"> = direct("Or");
/** a = b, as bool. */
export const equal: Lowering<"equal"> = direct("Equal");
/** a < b, as bool; false is below true. */
export const less: Lowering<"less"> = direct("Less", { bool: "i32" });
/** a > b, as bool; false is below true. */
export const greater: Lowering<"greater"> = direct("Greater", { bool: "i32" });

/** condition ? a : b; the kernel lacks i8 and bool. */
export const select: Lowering<"select"> = ({ writer, inputs, output }) => {
  const detour = output.dtype === "bool" ? "u8" : output.dtype === "i8" ? "i32" : undefined;
  if (detour === undefined) return writer.node("Where", inputs);
  const [condition, ...values] = inputs;
  const converted = values.map((value) => castTo(writer, value, detour));
  return castTo(writer, writer.node("Where", [condition!, ...converted]), output.dtype);
};

/** Conversion between dtypes. */
export const cast: Lowering<"cast"> = ({ writer, inputs, attrs }) =>
  castTo(writer, inputs[0]!, attrs.dtype);
