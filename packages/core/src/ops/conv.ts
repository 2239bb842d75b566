// Convolution (cross-correlation, as in all deep-learning libraries) over 1 to 3 spatial axes, channels first.
import { convFilterGrad, convInputGrad } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { convFlops, convGeometry, walkConv } from "./conv-geometry.ts";
import { checkDType, checkSameDType } from "./elementwise.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import type { ConvAttrs } from "./window.ts";

/**
 * x [n, ci, ...s], w [co, ci/groups, ...k] -> y [n, co, ...o] with
 * y[n, co, o] = sum over ci, k of x[n, ci, o stride - low + k dilation] w[co, ci, k], x being 0 outside.
 */
export const conv: Primitive<ConvAttrs> = {
  kind: "primitive",
  arity: 2,
  infer: ([x, w], attrs) => {
    const { dtype } = checkDType("conv", "float", x!);
    checkSameDType("conv", x!, w!);
    return { dtype, shape: convGeometry("conv", x!.shape, w!.shape, attrs).output };
  },
  vjp: ({ inputs: [x, w], grad, attrs }) => [
    convInputGrad(grad, w!, x!.shape, attrs),
    convFilterGrad(x!, grad, w!.shape, attrs),
  ],
  evaluate: ([x, w], attrs, output) => {
    const result = new Float64Array(sizeOf(output.shape));
    const geometry = convGeometry("conv", x!.shape, w!.shape, attrs);
    walkConv(geometry, (input, filter, target, count, step) => {
      const weight = w!.data[filter]!;
      for (let i = 0; i < count; i++) {
        result[target + i] = result[target + i]! + weight * x!.data[input + i * step]!;
      }
    });
    return result;
  },
  flops: ([x, w], attrs) => convFlops(convGeometry("conv", x!.shape, w!.shape, attrs)),
  bytes: streamedBytes,
};
