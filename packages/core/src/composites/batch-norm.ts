// Normalisation of each channel by given statistics: batch normalisation at inference.
import { ShapeError } from "../errors.ts";
import { add, mul, reshape, rsqrt, sub } from "../functional.ts";
import { formatType, type TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";
import { alongAxis, channelsOf } from "./axes.ts";

/** The number > 0 added to the variance. */
export interface BatchNormAttrs {
  readonly epsilon: number;
}

/**
 * x [n, c, ...], scale [c], bias [c], mean [c], variance [c] -> (x - mean) / sqrt(variance + epsilon) scale + bias.
 * Ioffe and Szegedy 2015, algorithm 2, line 11.
 */
export const batchNorm: Composite<BatchNormAttrs> = {
  kind: "composite",
  arity: 5,
  infer: ([x, ...perChannel]) => checkChannels("batchNorm", x!, perChannel),
  decompose: ([x, scale, bias, mean, variance], { epsilon }) => {
    const shape = alongAxis(scale!.shape[0]!, 1, x!.shape.length);
    const along = (value: Value): Value => reshape(value, shape);
    const factor = mul(rsqrt(add(variance!, epsilon)), scale!);
    return add(mul(sub(x!, along(mean!)), along(factor)), along(bias!));
  },
};

/**
 * The type of x [n, c, ...] if all others are [c] of its float dtype.
 *
 * @throws {ShapeError} if they are not
 */
export function checkChannels(
  name: string,
  x: TensorType,
  perChannel: readonly TensorType[],
): TensorType {
  const { dtype, shape } = requireFloat(name, x);
  const expected = formatType({ dtype, shape: [channelsOf(name, shape)] });
  if (perChannel.some((type) => formatType(type) !== expected)) {
    throw new ShapeError(
      `${name}: operands after x must be ${expected}, got ${perChannel.map(formatType).join(", ")}`,
    );
  }
  return x;
}
