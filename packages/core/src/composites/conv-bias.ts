// Convolution with a bias per output channel.
import { ShapeError } from "../errors.ts";
import { add, conv, convFilterGrad, convInputGrad, reduceSum, reshape } from "../functional.ts";
import { formatType } from "../graph/tensor.ts";
import { conv as convolution } from "../ops/conv.ts";
import type { ConvAttrs } from "../ops/window.ts";
import type { Composite } from "../ops/op.ts";
import { alongAxis, axesExcept } from "./axes.ts";

/** x [n, ci, ...s], w [co, ci / groups, ...k], b [co] -> conv(x, w) + b [n, co, ...o]. */
export const convBias: Composite<ConvAttrs> = {
  kind: "composite",
  arity: 3,
  infer: ([x, w, b], attrs) => {
    const type = convolution.infer([x!, w!], attrs);
    if (b!.dtype !== type.dtype || b!.shape.length !== 1 || b!.shape[0] !== w!.shape[0]) {
      throw new ShapeError(
        `convBias: bias must be ${type.dtype}[co] with co=${w!.shape[0] ?? 0}, got ${formatType(b!)}`,
      );
    }
    return type;
  },
  decompose: ([x, w, b], attrs) => {
    const product = conv(x!, w!, attrs);
    return add(product, reshape(b!, alongAxis(b!.shape[0]!, 1, product.shape.length)));
  },
  // The convolution's own gradients; the bias reaches every position of its channel, so its gradient is their sum.
  vjp: ({ inputs: [x, w], grad, attrs }) => {
    return [
      convInputGrad(grad, w!, x!.shape, attrs),
      convFilterGrad(x!, grad, w!.shape, attrs),
      reduceSum(grad, axesExcept(1, grad.shape.length)),
    ];
  },
};
