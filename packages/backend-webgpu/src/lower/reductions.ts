// How reductions accumulate: start, step and merge of their accumulators, as WGSL.
import type { DType } from "@fastgpu/core";
import type { Wgsl } from "../kernels/kernel.ts";
import type { FunctionName } from "./functions.ts";
import { valueTypeOf, type OpNode } from "./program.ts";

/** Names that the module knows. */
type Use = (name: FunctionName) => Wgsl;

/** One reduction. Accumulators are variables; those of argMax are the best value and its column. */
export interface Accumulation {
  readonly types: readonly Wgsl[];
  /** Value of each accumulator before the first element. */
  readonly start: (use: Use) => readonly Wgsl[];
  /** Statement that takes an element into the accumulators. */
  readonly step: (accumulators: readonly Wgsl[], value: Wgsl, column: Wgsl, use: Use) => Wgsl;
  /** Statement that takes other accumulators, of other columns, into these. */
  readonly merge: (accumulators: readonly Wgsl[], others: readonly Wgsl[], use: Use) => Wgsl;
  /** The result, as an expression of the result's value type. */
  readonly finish: (accumulators: readonly Wgsl[]) => Wgsl;
}

/** The accumulation of a reduction over operands of a dtype. */
export function accumulationOf({ op }: OpNode, operand: DType): Accumulation {
  const type = valueTypeOf(operand);
  switch (op) {
    case "reduceSum":
      return folding(
        type,
        () => `${type}(0)`,
        (a, b) => `${a} + ${b}`,
      );
    case "reduceProd":
      return folding(
        type,
        () => `${type}(1)`,
        (a, b) => `${a} * ${b}`,
      );
    case "reduceMax":
      return type === "f32"
        ? folding(
            type,
            (use) => `-${use("infinity")}()`,
            (a, b, use) => `${use("max_nan")}(${a}, ${b})`,
          )
        : folding(
            type,
            () => "(-2147483647i - 1i)",
            (a, b) => `max(${a}, ${b})`,
          );
    case "reduceMin":
      return type === "f32"
        ? folding(
            type,
            (use) => `${use("infinity")}()`,
            (a, b, use) => `${use("min_nan")}(${a}, ${b})`,
          )
        : folding(
            type,
            () => "2147483647i",
            (a, b) => `min(${a}, ${b})`,
          );
    default:
      return firstMaximum(type);
  }
}

function folding(
  type: Wgsl,
  start: (use: Use) => Wgsl,
  join: (a: Wgsl, b: Wgsl, use: Use) => Wgsl,
): Accumulation {
  return {
    types: [type],
    start: (use) => [start(use)],
    step: ([a], value, _column, use) => `${a!} = ${join(a!, value, use)};`,
    merge: ([a], [b], use) => `${a!} = ${join(a!, b!, use)};`,
    finish: ([a]) => a!,
  };
}

/** The first of equal maxima; column 2^32 - 1 stands for none yet, so that a row of infinities has a first. */
function firstMaximum(type: Wgsl): Accumulation {
  const none = "4294967295u";
  return {
    types: [type, "u32"],
    start: () => [`${type}(0)`, none],
    step: ([best, at], value, column) =>
      `if (${at!} == ${none} || ${value} > ${best!}) { ${best!} = ${value}; ${at!} = ${column}; }`,
    merge: ([best, at], [other, where]) =>
      `if (${where!} != ${none} && (${at!} == ${none} || ${other!} > ${best!} || (${other!} == ${best!} && ${where!} < ${at!}))) { ${best!} = ${other!}; ${at!} = ${where!}; }`,
    finish: ([, at]) => `i32(${at!})`,
  };
}
