// A fused program as WGSL, one result at a time. Integers are computed in i32; the engine's own kernels take them through
// f32. Bools are i32 of 0 or 1, as they lie in its buffers.
import { sizeOf, stridesOf } from "@fastgpu/core";
import type { KernelDType } from "../tape/kernel-type.ts";
import {
  ROUND_TO_HALF,
  type FusedOp,
  type FusedOperand,
  type FusedProgram,
  type FusedStep,
} from "./fused-program.ts";

/** Code of one result. */
export interface WgslProgram {
  /** Operands that the code reads, as places in the program's list. */
  readonly operands: readonly number[];
  /** Names of their buffers, in the same order. */
  readonly names: readonly string[];
  /** `fn main(index : i32)` and what it needs. */
  readonly code: string;
}

/** The code that computes one output of a program. */
export function wgslOf(program: FusedProgram, output: number): WgslProgram {
  const { operands, steps, shape } = program;
  const needed = neededSteps(program, output);
  const read = operands
    .map((_, i) => i)
    .filter((i) => operands[i]?.value === undefined)
    .filter((i) => steps.some((step, at) => needed.has(at) && step.args.includes(i)));
  const names = read.map((_, i) => `In${String.fromCharCode(65 + i)}`);
  const valueOf = (arg: number): string => {
    const operand = operands[arg];
    if (operand === undefined) return `v${arg - operands.length}`;
    if (operand.value !== undefined) return literal(operand.value, operand.type.dtype);
    const kind = operand.type.dtype === "float32" ? "f32" : "i32";
    return `${kind}(${names[read.indexOf(arg)] ?? ""}[${indexOf(operand, shape)}])`;
  };
  const body = steps.flatMap((step, at) =>
    needed.has(at) ? [`let v${at} = ${expression(step, step.args.map(valueOf))};`] : [],
  );
  const code = `
    ${helpers}
    fn main(index : i32) {
      if (index < uniforms.size) {
        ${body.join("\n        ")}
        result[index] = v${output};
      }
    }
  `;
  return { operands: read, names, code };
}

function neededSteps({ operands, steps }: FusedProgram, output: number): Set<number> {
  const needed = new Set([output]);
  for (let at = output; at >= 0; at--) {
    if (!needed.has(at)) continue;
    for (const arg of steps[at]?.args ?? []) {
      if (arg >= operands.length) needed.add(arg - operands.length);
    }
  }
  return needed;
}

/** Where an element of a broadcast operand lies, from the flat index of the result. */
function indexOf({ type }: FusedOperand, shape: readonly number[]): string {
  if (sizeOf(type.shape) === 1) return "0";
  if (sizeOf(type.shape) === sizeOf(shape)) return "index";
  const aligned = [...shape.slice(type.shape.length).map(() => 1), ...type.shape];
  const [own, whole] = [stridesOf(aligned), stridesOf(shape)];
  const terms = aligned.flatMap((size, axis) =>
    size === 1 ? [] : [`((index / ${whole[axis] ?? 1}) % ${shape[axis] ?? 1}) * ${own[axis] ?? 1}`],
  );
  return terms.join(" + ");
}

/**
 * tanh keeps its relative accuracy near 0, where 1 - e^-2x would cancel: below 0.3 the series to the term of x^9, whose
 * first left out is below 6e-8 of the result (Abramowitz and Stegun, 1964, 4.5.64). So does erf, whose kernel subtracts from
 * 1: below 1 the series to 11 terms (7.1.6), above the engine's own formula, off by at most 1.5e-7 (7.1.26).
 */
const helpers = `
    fn fgNan(x : f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
    fn fgFinite(x : f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
    fn fgMax(a : f32, b : f32) -> f32 { return select(select(max(a, b), b, fgNan(b)), a, fgNan(a)); }
    fn fgMin(a : f32, b : f32) -> f32 { return select(select(min(a, b), b, fgNan(b)), a, fgNan(a)); }
    fn fgTanh(x : f32) -> f32 {
      let y = x * x;
      let near = x + x * y * (-1.0 / 3.0 + y * (2.0 / 15.0 + y * (-17.0 / 315.0 + y * (62.0 / 2835.0))));
      let e = exp(-2.0 * abs(x));
      return select(sign(x) * (1.0 - e) / (1.0 + e), near, abs(x) < 0.3);
    }
    fn fgErf(x : f32) -> f32 {
      let z = x * x;
      var term = x;
      var series = x;
      for (var n = 1; n <= 11; n++) {
        term *= 2.0 * z / f32(2 * n + 1);
        series += term;
      }
      let near = 1.1283791670955126 * exp(-z) * series;
      let a = select(abs(x), 10.0, abs(x) > 10.0);
      let t = 1.0 / (1.0 + 0.3275911 * a);
      let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
      return select(sign(x) * (1.0 - p * exp(-a * a)), near, abs(x) < 1.0);
    }
    fn fgHalf(x : f32) -> f32 {
      let bits = bitcast<u32>(x);
      let size = bits & 0x7fffffffu;
      if (size >= 0x7f800000u) { return x; }
      if (size < 0x38800000u) { return round(x * 16777216.0) * (1.0 / 16777216.0); }
      let near = (size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u;
      return bitcast<f32>((bits & 0x80000000u) | select(near, 0x7f800000u, near >= 0x47800000u));
    }
    fn fgLog(x : f32) -> f32 { return select(log(x), uniforms.NAN, x < 0.0); }
`;

type Formula = (a: string, b: string, c: string) => string;

const comparison =
  (sign: string): Formula =>
  (a, b) =>
    `select(0, 1, ${a} ${sign} ${b})`;

/** Formulas for floats and, where no other is given, for integers. */
const formulas: { readonly [K in FusedOp]: Formula } = {
  Add: (a, b) => `(${a} + ${b})`,
  Sub: (a, b) => `(${a} - ${b})`,
  Multiply: (a, b) => `(${a} * ${b})`,
  RealDiv: (a, b) => `(${a} / ${b})`,
  Maximum: (a, b) => `fgMax(${a}, ${b})`,
  Minimum: (a, b) => `fgMin(${a}, ${b})`,
  Neg: (a) => `(-${a})`,
  Abs: (a) => `abs(${a})`,
  Sqrt: (a) => `sqrt(${a})`,
  Rsqrt: (a) => `inverseSqrt(${a})`,
  Reciprocal: (a) => `(1.0 / ${a})`,
  Relu: (a) => `fgMax(${a}, 0.0)`,
  Floor: (a) => `floor(${a})`,
  Ceil: (a) => `ceil(${a})`,
  Exp: (a) => `exp(${a})`,
  Log: (a) => `fgLog(${a})`,
  Tanh: (a) => `fgTanh(${a})`,
  Erf: (a) => `fgErf(${a})`,
  [ROUND_TO_HALF]: (a) => `fgHalf(${a})`,
  Sigmoid: (a) => `(1.0 / (1.0 + exp(-1.0 * ${a})))`,
  Equal: comparison("=="),
  NotEqual: comparison("!="),
  Less: comparison("<"),
  Greater: comparison(">"),
  LogicalAnd: (a, b) => `(${a} & ${b})`,
  LogicalOr: (a, b) => `(${a} | ${b})`,
  LogicalNot: (a) => `(1 - ${a})`,
  IsNan: (a) => `select(0, 1, fgNan(${a}))`,
  IsFinite: (a) => `select(0, 1, fgFinite(${a}))`,
  Select: (condition, t, e) => `select(${e}, ${t}, ${condition} != 0)`,
  Cast: (a) => a,
};

const integerFormulas: { readonly [K in FusedOp]?: Formula } = {
  Maximum: (a, b) => `max(${a}, ${b})`,
  Minimum: (a, b) => `min(${a}, ${b})`,
};

function expression(
  { op, dtype, operandDType }: FusedStep,
  [a = "", b = "", c = ""]: string[],
): string {
  if (op === "Cast") return `${dtype === "float32" ? "f32" : "i32"}(${a})`;
  const isInteger = operandDType !== "float32";
  const formula = (isInteger ? integerFormulas[op] : undefined) ?? formulas[op];
  return formula(a, b, c);
}

function literal(value: number, dtype: KernelDType): string {
  if (dtype !== "float32") {
    return value === -(2 ** 31) ? `(-2147483647 - 1)` : `i32(${value})`;
  }
  if (Number.isNaN(value)) return "uniforms.NAN";
  if (!Number.isFinite(value)) return value > 0 ? "uniforms.INFINITY" : "(-uniforms.INFINITY)";
  if (Object.is(value, -0)) return "-0.0";
  // Exponents are printed as WGSL reads them; a whole number needs a point to be a float.
  const text = String(Math.fround(value));
  return `f32(${/[.e]/.test(text) ? text : `${text}.0`})`;
}
