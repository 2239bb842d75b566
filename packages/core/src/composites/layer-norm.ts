// Normalisation of each sample over its last axes.
import { ShapeError } from "../errors.ts";
import { add, mul, reduceMean, reduceSum } from "../functional.ts";
import { normalizeAxis, sameShape } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";
import { axesFrom } from "./axes.ts";
import { normalize, normalizeGrad } from "./normalize.ts";

/** First normalised axis, in [-rank, rank), and the number > 0 added to the variance. */
export interface LayerNormAttrs {
  readonly axis: number;
  readonly epsilon: number;
}

/**
 * x, scale, bias -> (x - mean) / sqrt(variance + epsilon) scale + bias, with mean and biased variance over the axes
 * axis..last of x, whose sizes are the shape of scale and bias. Ba, Kiros and Hinton 2016, equations 3 and 4.
 */
export const layerNorm: Composite<LayerNormAttrs> = {
  kind: "composite",
  arity: 3,
  infer: ([x, scale, bias], { axis }) => {
    const { dtype, shape } = requireFloat("layerNorm", x!);
    const normalized = shape.slice(normalizeAxis("layerNorm", axis, shape.length));
    for (const operand of [scale!, bias!]) {
      if (operand.dtype === dtype && sameShape(operand.shape, normalized)) continue;
      throw new ShapeError(
        `layerNorm: scale and bias must be ${formatType({ dtype, shape: normalized })}, got scale=${formatType(scale!)}, bias=${formatType(bias!)}`,
      );
    }
    return x!;
  },
  decompose: ([x, scale, bias], { axis, epsilon }) => {
    const axes = axesFrom(normalizeAxis("layerNorm", axis, x!.shape.length), x!.shape.length);
    return add(mul(normalize(x!, axes, epsilon).normalized, scale!), bias!);
  },
  vjp: ({ inputs: [x, scale], grad, attrs: { axis, epsilon } }) => {
    const rank = x!.shape.length;
    const first = normalizeAxis("layerNorm", axis, rank);
    const parts = normalize(x!, axesFrom(first, rank), epsilon);
    const samples = axesFrom(0, first);
    return [
      normalizeGrad(parts, mul(grad, scale!), (value) =>
        reduceMean(value, axesFrom(first, rank), true),
      ),
      reduceSum(mul(grad, parts.normalized), samples),
      reduceSum(grad, samples),
    ];
  },
};
