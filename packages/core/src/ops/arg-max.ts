// Position of the largest element along an axis.
import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis, sizeOf } from "../graph/shape.ts";
import { checkDType } from "./elementwise.ts";
import { splitAt } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import { reducedShape } from "./reduce.ts";

/** The axis to search and whether it stays with size 1. */
export interface ArgMaxAttrs {
  readonly axis: number;
  readonly keepDims: boolean;
}

/** x -> i32 position of the largest element along the axis, the first of equals; unspecified if one is NaN. */
export const argMax: Primitive<ArgMaxAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { axis, keepDims }) => {
    const { shape } = checkDType("argMax", "number", x!);
    if (shape[normalizeAxis("argMax", axis, shape.length)] === 0) {
      throw new ShapeError(`argMax: axis ${axis} must not be empty, got x=${formatShape(shape)}`);
    }
    return { dtype: "i32", shape: reducedShape("argMax", shape, { axes: [axis], keepDims }) };
  },
  vjp: () => [undefined],
  evaluate: ([x], { axis }) => {
    const at = normalizeAxis("argMax", axis, x!.shape.length);
    const { outer, inner } = splitAt(x!.shape, at);
    const size = x!.shape[at]!;
    return new Float64Array(outer * inner).map((_, cell) => {
      const start = Math.floor(cell / inner) * size * inner + (cell % inner);
      let best = 0;
      for (let i = 1; i < size; i++) {
        if (x!.data[start + i * inner]! > x!.data[start + best * inner]!) best = i;
      }
      return best;
    });
  },
  flops: ([x]) => sizeOf(x!.shape),
  bytes: streamedBytes,
};
