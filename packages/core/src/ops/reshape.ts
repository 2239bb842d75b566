// The same elements in row-major order under another shape; moves nothing.
import { ShapeError } from "../errors.ts";
import { reshape as asShape } from "../functional.ts";
import { formatShape, sizeOf, type Shape } from "../graph/shape.ts";
import { checkShape } from "./movement.ts";
import type { Primitive } from "./op.ts";

/** The new shape; fully given, no -1. */
export interface ReshapeAttrs {
  readonly shape: Shape;
}

/** x [any shape of n elements] -> [shape]. */
export const reshape: Primitive<ReshapeAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { shape }) => {
    checkShape("reshape", "shape", shape);
    if (sizeOf(shape) !== sizeOf(x!.shape)) {
      throw new ShapeError(
        `reshape: element counts must match, got x=${formatShape(x!.shape)}, shape=${formatShape(shape)}`,
      );
    }
    return { dtype: x!.dtype, shape };
  },
  vjp: ({ inputs: [x], grad }) => [asShape(grad, x!.shape)],
  evaluate: ([x]) => x!.data.slice(),
  flops: () => 0,
  bytes: () => 0,
};
