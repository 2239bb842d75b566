// A fused program as JavaScript over typed arrays. Floats are rounded to f32 at every step, as kernels round them.
import { compileFunction } from "node:vm";
import { sizeOf } from "@fastgpu/core";
import type { KernelDType } from "../tape/kernel-type.ts";
import { ROUND_TO_HALF, type FusedOp, type FusedProgram, type FusedStep } from "./fused-program.ts";
import { innerLength, walkOf } from "./operand-walk.ts";

/** Memory of an operand or result. */
export type Elements = Float32Array | Int32Array | Uint8Array;

/** Runs a program over its operands into its results. */
export type FusedFunction = (operands: readonly Elements[], results: readonly Elements[]) => void;

const compiled = new Map<string, FusedFunction>();

/** The function of a program; programs of the same code share it. */
export function fusedFunction(program: FusedProgram): FusedFunction {
  const code = codeOf(program);
  const known = compiled.get(code);
  if (known !== undefined) return known;
  const made = compileFunction(code, ["operands", "results"]) as FusedFunction;
  compiled.set(code, made);
  return made;
}

/** Body of a function of `operands` and `results`. */
export function codeOf({ shape, operands, steps, outputs }: FusedProgram): string {
  const total = sizeOf(shape);
  const walks = operands.map(({ type }) => walkOf(type.shape, shape));
  const inner = innerLength(walks);
  if (inner === undefined) throw new RangeError("fused program: operands must share a loop");
  const length = inner === 0 ? total : inner;
  const head: string[] = [];
  const outerHead: string[] = [];
  const names = operands.map(({ value }, i): string => {
    if (value !== undefined) return literal(value);
    head.push(`const p${i} = operands[${i}];`);
    const walk = walks[i];
    if (walk?.kind === "one") {
      head.push(`const c${i} = p${i}[0];`);
      return `c${i}`;
    }
    if (walk?.kind === "outer") {
      outerHead.push(`const r${i} = p${i}[o];`);
      return `r${i}`;
    }
    return walk?.kind === "inner" ? `p${i}[j]` : `p${i}[i]`;
  });
  const body = steps.map((step, at) => {
    const args = step.args.map((arg) => names[arg] ?? `v${arg - operands.length}`);
    return `const v${at} = ${expression(step, args)};`;
  });
  outputs.forEach((_, i) => head.push(`const q${i} = results[${i}];`));
  if (steps.some(({ op }) => op === ROUND_TO_HALF)) head.unshift(halfFunction);
  const stores = outputs.map((at, i) => `q${i}[i] = v${at};`);
  return [
    ...head,
    `for (let o = 0, i = 0; o < ${total / length}; o++) {`,
    ...outerHead,
    `for (let j = 0; j < ${length}; j++, i++) {`,
    ...body,
    ...stores,
    "}}",
  ].join("\n");
}

/** The nearest f16: in steps of 2^-24 below 2^-14, else by the bits of the f32, of which the last 13 go. */
const halfFunction = `
const float = new Float32Array(1), word = new Uint32Array(float.buffer);
const half = (x) => {
  float[0] = x;
  const bits = word[0], size = bits & 0x7fffffff;
  if (size >= 0x7f800000) return x;
  if (size < 0x38800000) {
    const near = Math.fround(Math.fround(Math.abs(x) + 0.75) - 0.75);
    return bits >>> 31 === 1 ? -near : near;
  }
  const near = (size + 0xfff + ((size >> 13) & 1)) & 0xffffe000;
  word[0] = (bits & 0x80000000) | (near >= 0x47800000 ? 0x7f800000 : near);
  return float[0];
};`;

function literal(value: number): string {
  if (Object.is(value, -0)) return "-0";
  if (Number.isNaN(value)) return "NaN";
  return value < 0 ? `(${value})` : String(value);
}

function expression(
  { op, dtype, operandDType }: FusedStep,
  [a = "", b = "", c = ""]: string[],
): string {
  const exact = exactFormulas[op];
  if (exact !== undefined) return exact(a, b, c);
  if (op === "Cast") return castFormula(operandDType, dtype, a);
  const formula = (operandDType === "float32" ? floatFormulas : integerFormulas)[op];
  if (formula === undefined) throw new RangeError(`fused program: ${op} must have a formula`);
  const text = formula(a, b, c);
  return operandDType === "float32" ? `Math.fround(${text})` : text;
}

type Formula = (a: string, b: string, c: string) => string;

/** Formulas whose result needs no rounding. */
const exactFormulas: { readonly [K in FusedOp]?: Formula } = {
  Maximum: (a, b) => `Math.max(${a}, ${b})`,
  Minimum: (a, b) => `Math.min(${a}, ${b})`,
  Relu: (a) => `Math.max(${a}, 0)`,
  Floor: (a) => `Math.floor(${a})`,
  Ceil: (a) => `Math.ceil(${a})`,
  Equal: (a, b) => `(${a} === ${b} ? 1 : 0)`,
  NotEqual: (a, b) => `(${a} !== ${b} ? 1 : 0)`,
  Less: (a, b) => `(${a} < ${b} ? 1 : 0)`,
  Greater: (a, b) => `(${a} > ${b} ? 1 : 0)`,
  LogicalAnd: (a, b) => `(${a} & ${b})`,
  LogicalOr: (a, b) => `(${a} | ${b})`,
  LogicalNot: (a) => `(${a} ^ 1)`,
  IsNan: (a) => `(${a} !== ${a} ? 1 : 0)`,
  IsFinite: (a) => `(${a} - ${a} === 0 ? 1 : 0)`,
  Select: (condition, t, e) => `(${condition} !== 0 ? ${t} : ${e})`,
};

const floatFormulas: { readonly [K in FusedOp]?: Formula } = {
  Add: (a, b) => `${a} + ${b}`,
  Sub: (a, b) => `${a} - ${b}`,
  Multiply: (a, b) => `${a} * ${b}`,
  RealDiv: (a, b) => `${a} / ${b}`,
  Neg: (a) => `-(${a})`,
  Abs: (a) => `Math.abs(${a})`,
  Sqrt: (a) => `Math.sqrt(${a})`,
  Rsqrt: (a) => `1 / Math.sqrt(${a})`,
  Reciprocal: (a) => `1 / ${a}`,
  Exp: (a) => `Math.exp(${a})`,
  Log: (a) => `Math.log(${a})`,
  Tanh: (a) => `Math.tanh(${a})`,
  Sigmoid: (a) => `1 / (1 + Math.exp(-(${a})))`,
  [ROUND_TO_HALF]: (a) => `half(${a})`,
};

const integerFormulas: { readonly [K in FusedOp]?: Formula } = {
  Add: (a, b) => `((${a} + ${b}) | 0)`,
  Sub: (a, b) => `((${a} - ${b}) | 0)`,
  Multiply: (a, b) => `Math.imul(${a}, ${b})`,
  RealDiv: (a, b) => `((${a} / ${b}) | 0)`,
  Neg: (a) => `((-(${a})) | 0)`,
  Abs: (a) => `(Math.abs(${a}) | 0)`,
};

function castFormula(from: KernelDType, to: KernelDType, a: string): string {
  if (to === "float32") return `Math.fround(${a})`;
  return from === "float32" ? `(${a} | 0)` : a;
}
