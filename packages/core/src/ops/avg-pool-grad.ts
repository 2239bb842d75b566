// Gradient of avgPool.
import { ShapeError } from "../errors.ts";
import { avgPool } from "../functional.ts";
import { formatShape, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { checkDType } from "./elementwise.ts";
import { checkShape } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import { divisors, poolFlops, walkPool } from "./pool.ts";
import { poolAxes, pooledShape, type AvgPoolAttrs } from "./window.ts";

/** Attributes of the pooling and the full shape [n, c, ...s] of its input. */
export interface AvgPoolGradAttrs extends AvgPoolAttrs {
  readonly inputShape: Shape;
}

/** dy [n, c, ...o] -> dx [inputShape]: each window spreads dy / count over its elements. */
export const avgPoolGrad: Primitive<AvgPoolGradAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([dy], attrs) => {
    const { dtype, shape } = checkDType("avgPoolGrad", "float", dy!);
    checkShape("avgPoolGrad", "inputShape", attrs.inputShape);
    const pooled = pooledShape("avgPoolGrad", attrs.inputShape, attrs);
    if (!sameShape(shape, pooled)) {
      throw new ShapeError(
        `avgPoolGrad: dy must have the shape of the pooled input, got dy=${formatShape(shape)}, pooled=${formatShape(pooled)}`,
      );
    }
    return { dtype, shape: attrs.inputShape };
  },
  vjp: ({ grad, attrs }) => [avgPool(grad, attrs)],
  evaluate: ([dy], attrs) => {
    const axes = poolAxes("avgPoolGrad", attrs.inputShape, attrs);
    const counts = divisors(axes, attrs);
    const result = new Float64Array(sizeOf(attrs.inputShape));
    walkPool(attrs.inputShape, axes, (to, from) => {
      result[to] = result[to]! + dy!.data[from]! / counts[from % counts.length]!;
    });
    return result;
  },
  flops: ([dy], attrs) => poolFlops(dy!, attrs),
  bytes: streamedBytes,
};
