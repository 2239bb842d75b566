// What the normalisation composites share: mean, biased variance, the normalised value and its gradient.
import { add, mul, reduceMean, rsqrt, square, sub } from "../functional.ts";
import type { Value } from "../graph/value.ts";

/** A value brought to mean 0 and variance 1 over some axes, and the factor that did it. */
export interface Normalized {
  /** (x - mean) reciprocalDeviation, of the shape of x. */
  readonly normalized: Value;
  /** 1 / sqrt(variance + epsilon), the axes kept with size 1. */
  readonly reciprocalDeviation: Value;
}

/** Mean and variance over some axes, the axes kept with size 1. */
export interface Moments {
  readonly mean: Value;
  /** Biased: the mean of the squared distances from the mean. */
  readonly variance: Value;
}

/** Mean and biased variance in two passes, which does not cancel as the mean of squares less the squared mean does. */
export function moments(x: Value, axes: readonly number[]): Moments {
  const mean = reduceMean(x, axes, true);
  return { mean, variance: reduceMean(square(sub(x, mean)), axes, true) };
}

/** (x - mean) / sqrt(variance + epsilon) over some axes. */
export function normalize(x: Value, axes: readonly number[], epsilon: number): Normalized {
  const { mean, variance } = moments(x, axes);
  const reciprocalDeviation = rsqrt(add(variance, epsilon));
  return { normalized: mul(sub(x, mean), reciprocalDeviation), reciprocalDeviation };
}

/**
 * Gradient with respect to x from that of the normalised value:
 * dx = r (dn - mean(dn) - n mean(dn n)), r = 1 / sqrt(variance + epsilon). Ioffe and Szegedy 2015, section 3, with the
 * terms of mean and variance collected.
 *
 * @param meanOf - the mean over the normalised axes, kept with size 1
 */
export function normalizeGrad(
  { normalized, reciprocalDeviation }: Normalized,
  grad: Value,
  meanOf: (value: Value) => Value,
): Value {
  const centered = sub(grad, meanOf(grad));
  const projected = mul(normalized, meanOf(mul(grad, normalized)));
  return mul(sub(centered, projected), reciprocalDeviation);
}
