// Values that need no kernel: results without elements, and results of operands without elements. Decided here, for
// all backends, because kernels for size 0 differ between engines and versions.
import { isFloat, type DType } from "./dtype.ts";
import type { OpNode } from "./graph.ts";
import { sizeOf } from "./shape.ts";
import type { TensorType } from "./tensor.ts";

/** A result whose elements are all the same number. */
export interface Filled {
  readonly fill: number;
}

/**
 * The value of a node without a kernel, if it has one: any fill for a result without elements; for a result over
 * operands without elements the op's neutral element.
 */
export function filledValue(node: OpNode, operands: readonly TensorType[]): Filled | undefined {
  if (sizeOf(node.type.shape) === 0) return { fill: 0 };
  if (!operands.some((type) => sizeOf(type.shape) === 0)) return undefined;
  const { dtype } = node.type;
  switch (node.op) {
    case "reduceProd":
      return { fill: 1 };
    case "reduceMax":
      return { fill: lowest(dtype) };
    case "reduceMin":
      return { fill: highest(dtype) };
    case "pad":
      return { fill: (node as OpNode<"pad">).attrs.value };
    case "reduceSum":
    case "matmul":
    case "conv":
    case "convInputGrad":
    case "convFilterGrad":
    case "scatterAdd":
      return { fill: 0 };
    default:
      return undefined;
  }
}

function lowest(dtype: DType): number {
  if (isFloat(dtype)) return -Infinity;
  return { i32: -(2 ** 31), i8: -128, u8: 0, bool: 0, f32: 0, f16: 0 }[dtype];
}

function highest(dtype: DType): number {
  if (isFloat(dtype)) return Infinity;
  return { i32: 2 ** 31 - 1, i8: 127, u8: 255, bool: 1, f32: 0, f16: 0 }[dtype];
}
