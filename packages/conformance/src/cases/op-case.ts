// Cases of one op: operand types as text, attributes, and operands every op is defined for.
import {
  GraphBuilder,
  isFloat,
  sizeOf,
  tensorFrom,
  toReference,
  type DType,
  type OpName,
  type RefMap,
  type RefTensor,
} from "@fastgpu/core";
import { parseType } from "@fastgpu/core/reference";
import type { ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";

/** One application of an op. */
export interface OpCase {
  readonly op: OpName;
  /** Types as messages print them: `f32[2,3]`. */
  readonly operands: readonly string[];
  readonly attrs?: Readonly<Record<string, unknown>>;
  /** Elements by operand position, where the usual ones will not do. */
  readonly values?: Readonly<Record<number, readonly number[]>>;
  /** Tells cases apart that differ in their values alone. */
  readonly note?: string;
}

/** Float dtypes. */
export const floats: readonly DType[] = ["f32", "f16"];
/** Dtypes that can be computed with. */
export const numbers: readonly DType[] = ["f32", "f16", "i32", "i8", "u8"];
/** All dtypes. */
export const everyDType: readonly DType[] = [...numbers, "bool"];

/**
 * Cases of one op for each dtype and each list of shapes.
 *
 * @param shapes - operand shapes, each as text without dtype: `[2,3] [3]`
 */
export function eachDType(
  op: OpName,
  dtypes: readonly DType[],
  shapes: readonly string[],
  attrs?: Readonly<Record<string, unknown>>,
): OpCase[] {
  return dtypes.flatMap((dtype) =>
    shapes.map((text) => ({
      op,
      operands: text.split(" ").map((shape) => `${dtype}${shape}`),
      ...(attrs === undefined ? {} : { attrs }),
    })),
  );
}

/** The name of a case within its group. */
export function nameOf({ op, operands, attrs, note }: OpCase): string {
  const parts = [op, ...operands];
  if (attrs !== undefined) parts.push(JSON.stringify(attrs));
  if (note !== undefined) parts.push(note);
  return parts.join(" ");
}

/** The conformance case of an op case. */
export function opCase(group: string, source: OpCase): ConformanceCase {
  return programCase(`${group}/${nameOf(source)}`, () => opProgram(source));
}

/** The program of an op case: inputs `x0`, `x1`, ..., output `y`. */
export function opProgram(source: OpCase): Program {
  const { op, operands, attrs = {} } = source;
  const builder = new GraphBuilder("case");
  const inputs = operands.map((text, i) => {
    const { dtype, shape } = parseType(text);
    return builder.input(`x${i}`, dtype, shape);
  });
  const [x] = inputs;
  // The op is defined only for the pooled x as its second operand.
  if (op === "maxPoolGrad" && x !== undefined) {
    inputs[1] = builder.op("maxPool", [x], attrs as never);
  }
  builder.output("y", builder.op(op, inputs, attrs as never));
  return { graph: builder.build(), runs: [operandsOf(source)] };
}

/** The operands of an op case. */
export function operandsOf(source: OpCase): RefMap {
  return Object.fromEntries(
    source.operands.map((text, i) => [`x${i}`, operandOf(source, text, i)] as const),
  );
}

function operandOf({ op, values }: OpCase, text: string, position: number): RefTensor {
  const { dtype, shape } = parseType(text);
  const given = values?.[position];
  if (given !== undefined) return toReference(tensorFrom(dtype, shape, given));
  const draw = numberFor(op, dtype, position);
  return { dtype, shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => draw(i)) };
}

const positiveOps: readonly OpName[] = ["log", "sqrt", "rsqrt", "pow", "reciprocal"];

/** Irregular small numbers, exact in every dtype, never 0, positive where the op or the dtype needs it. */
function numberFor(op: OpName, dtype: DType, position: number): (i: number) => number {
  const isPositive = positiveOps.includes(op) || (op === "div" && position === 1);
  return (i) => {
    if (dtype === "bool") return (i * 7 + position) % 3 === 0 ? 1 : 0;
    const step = ((i * 37 + position * 11) % 17) + 1;
    const isPlus = isPositive || step % 2 === 0;
    if (isFloat(dtype)) return (isPlus ? step : -step) / 8;
    return isPlus || dtype === "u8" ? (step % 7) + 1 : -(step % 7) - 1;
  };
}
