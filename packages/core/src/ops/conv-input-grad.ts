// Gradient of conv with respect to its input; by itself the transposed convolution.
import { ShapeError } from "../errors.ts";
import { conv, convFilterGrad } from "../functional.ts";
import { formatShape, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import { convFlops, convGeometry, walkConv, type ConvGeometry } from "./conv-geometry.ts";
import { checkDType, checkSameDType } from "./elementwise.ts";
import { checkShape } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import type { ConvAttrs } from "./window.ts";

/** Attributes of the convolution and the full shape [n, ci, ...s] of its input. */
export interface ConvInputGradAttrs extends ConvAttrs {
  readonly inputShape: Shape;
}

/** dy [n, co, ...o], w [co, ci/groups, ...k] -> dx [inputShape], for dy of the shape of conv(x, w). */
export const convInputGrad: Primitive<ConvInputGradAttrs> = {
  kind: "primitive",
  arity: 2,
  infer: ([dy, w], attrs) => {
    const { dtype } = checkDType("convInputGrad", "float", dy!);
    checkSameDType("convInputGrad", dy!, w!);
    geometryOf(dy!, w!, attrs);
    return { dtype, shape: attrs.inputShape };
  },
  // Linear in both operands: the transposes of dx -> dy and dx -> w.
  vjp: ({ inputs: [dy, w], grad, attrs }) => [
    conv(grad, w!, attrs),
    convFilterGrad(grad, dy!, w!.shape, attrs),
  ],
  evaluate: ([dy, w], attrs, output) => {
    const result = new Float64Array(sizeOf(output.shape));
    walkConv(geometryOf(dy!, w!, attrs), (input, filter, source, count, step) => {
      const weight = w!.data[filter]!;
      for (let i = 0; i < count; i++) {
        result[input + i * step] = result[input + i * step]! + weight * dy!.data[source + i]!;
      }
    });
    return result;
  },
  flops: ([dy, w], attrs) => convFlops(geometryOf(dy!, w!, attrs)),
  bytes: streamedBytes,
};

function geometryOf(dy: TensorType, w: TensorType, attrs: ConvInputGradAttrs): ConvGeometry {
  checkShape("convInputGrad", "inputShape", attrs.inputShape);
  const geometry = convGeometry("convInputGrad", attrs.inputShape, w.shape, attrs);
  if (!sameShape(geometry.output, dy.shape)) {
    throw new ShapeError(
      `convInputGrad: dy must have the shape of the convolution's output, got dy=${formatShape(dy.shape)}, output=${formatShape(geometry.output)}`,
    );
  }
  return geometry;
}
