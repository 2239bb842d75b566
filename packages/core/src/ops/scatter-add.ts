// Adds rows into zeros by index: the transpose of gather.
import { ShapeError } from "../errors.ts";
import { gather } from "../functional.ts";
import { formatShape, normalizeAxis, sameShape, sizeOf } from "../graph/shape.ts";
import { checkDType, wrap } from "./elementwise.ts";
import { checkIndex } from "./gather.ts";
import { checkShape, splitAt } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** The axis of the result that is indexed, and its size. */
export interface ScatterAddAttrs {
  readonly axis: number;
  readonly size: number;
}

/**
 * indices i32, updates [:axis] + indices.shape + [axis+1:] -> [:axis] + [size] + [axis+1:]. Updates of equal indices
 * are summed, in any order; indices must lie in [0, size), else see gather.
 */
export const scatterAdd: Primitive<ScatterAddAttrs> = {
  kind: "primitive",
  arity: 2,
  infer: ([indices, updates], { axis, size }) => {
    checkDType("scatterAdd", "number", updates!);
    checkShape("scatterAdd", "size", [size]);
    const rank = updates!.shape.length - indices!.shape.length + 1;
    const at = normalizeAxis("scatterAdd", axis, rank);
    const depth = indices!.shape.length;
    const { dtype, shape } = updates!;
    if (indices!.dtype !== "i32" || !sameShape(shape.slice(at, at + depth), indices!.shape)) {
      throw new ShapeError(
        `scatterAdd: updates must have the axes of i32 indices from axis ${at} on, got indices=${indices!.dtype}${formatShape(indices!.shape)}, updates=${formatShape(shape)}`,
      );
    }
    return { dtype, shape: [...shape.slice(0, at), size, ...shape.slice(at + depth)] };
  },
  vjp: ({ inputs: [indices], grad, attrs: { axis } }) => [undefined, gather(grad, indices!, axis)],
  evaluate: ([indices, updates], { axis, size }, output) => {
    const at = normalizeAxis("scatterAdd", axis, output.shape.length);
    const { outer, inner } = splitAt(output.shape, at);
    const result = new Float64Array(sizeOf(output.shape));
    let row = 0;
    for (let i = 0; i < outer; i++) {
      for (const index of indices!.data) {
        checkIndex("scatterAdd", index, size);
        const start = (i * size + index) * inner;
        for (let k = 0; k < inner; k++) {
          result[start + k] = wrap(output.dtype, result[start + k]! + updates!.data[row++]!);
        }
      }
    }
    return result;
  },
  flops: ([, updates]) => sizeOf(updates!.shape),
  bytes: streamedBytes,
};
