// Gradient of conv with respect to its filter.
import { ShapeError } from "../errors.ts";
import { conv, convInputGrad } from "../functional.ts";
import { formatShape, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import { convFlops, convGeometry, walkConv, type ConvGeometry } from "./conv-geometry.ts";
import { checkDType, checkSameDType } from "./elementwise.ts";
import { checkShape } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import type { ConvAttrs } from "./window.ts";

/** Attributes of the convolution and the full shape [co, ci/groups, ...k] of its filter. */
export interface ConvFilterGradAttrs extends ConvAttrs {
  readonly filterShape: Shape;
}

/** x [n, ci, ...s], dy [n, co, ...o] -> dw [filterShape], for dy of the shape of conv(x, w). */
export const convFilterGrad: Primitive<ConvFilterGradAttrs> = {
  kind: "primitive",
  arity: 2,
  infer: ([x, dy], attrs) => {
    const { dtype } = checkDType("convFilterGrad", "float", x!);
    checkSameDType("convFilterGrad", x!, dy!);
    geometryOf(x!, dy!, attrs);
    return { dtype, shape: attrs.filterShape };
  },
  // Linear in both operands, as conv is.
  vjp: ({ inputs: [x, dy], grad, attrs }) => [
    convInputGrad(dy!, grad, x!.shape, attrs),
    conv(x!, grad, attrs),
  ],
  evaluate: ([x, dy], attrs, output) => {
    const result = new Float64Array(sizeOf(output.shape));
    walkConv(geometryOf(x!, dy!, attrs), (input, filter, source, count, step) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += x!.data[input + i * step]! * dy!.data[source + i]!;
      result[filter] = result[filter]! + sum;
    });
    return result;
  },
  flops: ([x, dy], attrs) => convFlops(geometryOf(x!, dy!, attrs)),
  bytes: streamedBytes,
};

function geometryOf(x: TensorType, dy: TensorType, attrs: ConvFilterGradAttrs): ConvGeometry {
  checkShape("convFilterGrad", "filterShape", attrs.filterShape);
  const geometry = convGeometry("convFilterGrad", x.shape, attrs.filterShape, attrs);
  if (!sameShape(geometry.output, dy.shape)) {
    throw new ShapeError(
      `convFilterGrad: dy must have the shape of the convolution's output, got dy=${formatShape(dy.shape)}, output=${formatShape(geometry.output)}`,
    );
  }
  return geometry;
}
