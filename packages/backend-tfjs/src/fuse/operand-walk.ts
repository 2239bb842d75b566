// How an operand runs along while a loop goes over all elements of a broadcast result.
import { sizeOf } from "@fastgpu/core";

/** `each`: an element per element; `one`: a single element; `inner`: starts again every `length`; `outer`: steps then. */
export type OperandWalk =
  { readonly kind: "each" | "one" } | { readonly kind: "inner" | "outer"; readonly length: number };

/** The walk of an operand of a shape over a result of a shape; undefined if it takes more than two nested loops. */
export function walkOf(
  operand: readonly number[],
  result: readonly number[],
): OperandWalk | undefined {
  if (sizeOf(operand) === 1) return { kind: "one" };
  const aligned = [...result.slice(operand.length).map(() => 1), ...operand];
  const isWhole = aligned.map((size, axis) => size === result[axis]);
  const first = isWhole.findIndex((whole, axis) => whole && result[axis] !== 1);
  const firstSpread = isWhole.indexOf(false);
  if (firstSpread === -1) return { kind: "each" };
  if (isWhole.slice(first).every(Boolean)) return { kind: "inner", length: sizeOf(operand) };
  const isSpreadToEnd = aligned.slice(firstSpread).every((size) => size === 1);
  return isSpreadToEnd ? { kind: "outer", length: sizeOf(result.slice(firstSpread)) } : undefined;
}

/** Length of the inner loop that all walks share; 0 for any, undefined if they have none in common. */
export function innerLength(walks: readonly (OperandWalk | undefined)[]): number | undefined {
  let length = 0;
  for (const walk of walks) {
    if (walk === undefined) return undefined;
    if (!("length" in walk)) continue;
    if (length !== 0 && length !== walk.length) return undefined;
    length = walk.length;
  }
  return length;
}
