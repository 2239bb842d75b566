// Normalisation of each sample within groups of channels.
import { ShapeError } from "../errors.ts";
import { add, mul, reduceMean, reduceSum, reshape } from "../functional.ts";
import { sizeOf, type Shape } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";
import { alongAxis, axesExcept, channelsOf } from "./axes.ts";
import { normalize, normalizeGrad } from "./normalize.ts";

/** Number of groups, a divisor of the channels, and the number > 0 added to the variance. */
export interface GroupNormAttrs {
  readonly groups: number;
  readonly epsilon: number;
}

/**
 * x [n, c, ...s], scale [c], bias [c] -> (x - mean) / sqrt(variance + epsilon) scale + bias, with mean and biased
 * variance over the c / groups channels and all positions of a group. Wu and He 2018, equations 1, 2, 6 and 7.
 */
export const groupNorm: Composite<GroupNormAttrs> = {
  kind: "composite",
  arity: 3,
  infer: ([x, scale, bias], { groups }) => {
    const { dtype, shape } = requireFloat("groupNorm", x!);
    const channels = channelsOf("groupNorm", shape);
    const expected = formatType({ dtype, shape: [channels] });
    if (formatType(scale!) !== expected || formatType(bias!) !== expected) {
      throw new ShapeError(
        `groupNorm: scale and bias must be ${expected}, got scale=${formatType(scale!)}, bias=${formatType(bias!)}`,
      );
    }
    if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
      throw new ShapeError(
        `groupNorm: groups must divide the channels, got groups=${groups}, channels=${channels}`,
      );
    }
    return x!;
  },
  decompose: ([x, scale, bias], { groups, epsilon }) => {
    const { normalized } = normalize(reshape(x!, grouped(x!.shape, groups)), [2], epsilon);
    const perChannel = alongAxis(scale!.shape[0]!, 1, x!.shape.length);
    const scaled = mul(reshape(normalized, x!.shape), reshape(scale!, perChannel));
    return add(scaled, reshape(bias!, perChannel));
  },
  vjp: ({ inputs: [x, scale], grad, attrs: { groups, epsilon } }) => {
    const { shape } = x!;
    const inGroups = (value: Value): Value => reshape(value, grouped(shape, groups));
    const parts = normalize(inGroups(x!), [2], epsilon);
    const perChannel = alongAxis(scale!.shape[0]!, 1, shape.length);
    const gradNormalized = inGroups(mul(grad, reshape(scale!, perChannel)));
    const gradX = normalizeGrad(parts, gradNormalized, (value) => reduceMean(value, [2], true));
    const others = axesExcept(1, shape.length);
    return [
      reshape(gradX, shape),
      reduceSum(mul(grad, reshape(parts.normalized, shape)), others),
      reduceSum(grad, others),
    ];
  },
};

/** [n, c, ...s] -> [n, groups, c / groups * s]. */
function grouped([n, ...rest]: Shape, groups: number): number[] {
  return [n!, groups, sizeOf(rest) / groups];
}
