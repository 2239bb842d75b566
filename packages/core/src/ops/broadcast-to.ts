// Repeats along axes of size 1 and new leading axes.
import { ShapeError } from "../errors.ts";
import { sumTo } from "../functional.ts";
import { broadcastShapes, formatShape, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { broadcastIndex } from "./broadcast-index.ts";
import { checkShape } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** The shape to broadcast to. */
export interface BroadcastToAttrs {
  readonly shape: Shape;
}

/** x -> [shape] by numpy's broadcasting rule. */
export const broadcastTo: Primitive<BroadcastToAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { shape }) => {
    checkShape("broadcastTo", "shape", shape);
    if (!sameShape(broadcastShapes("broadcastTo", x!.shape, shape), shape)) {
      throw new ShapeError(
        `broadcastTo: shape must be reachable by broadcasting, got x=${formatShape(x!.shape)}, shape=${formatShape(shape)}`,
      );
    }
    return { dtype: x!.dtype, shape };
  },
  vjp: ({ inputs: [x], grad }) => [sumTo(grad, x!.shape)],
  evaluate: ([x], { shape }) => {
    const result = new Float64Array(sizeOf(shape));
    if (x!.data.length === 1) return result.fill(x!.data[0]!);
    const at = broadcastIndex(x!.shape, shape);
    for (let i = 0; i < result.length; i++) result[i] = x!.data[at(i)]!;
    return result;
  },
  flops: () => 0,
  bytes: streamedBytes,
};
