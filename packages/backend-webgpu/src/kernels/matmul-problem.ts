// Sizes of a matrix product as its kernels take them.
import type { Wgsl } from "./kernel.ts";
/** a [batch of a, m, k] x b [batch of b, k, n] -> [batch, m, n]; transposed operands are stored [k, m] and [n, k]. */
export interface MatmulProblem {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Leading axes of the result. */
  readonly batch: readonly number[];
  /** Steps, in matrices, of each operand along `batch`; 0 along an axis that is broadcast. */
  readonly batchStepsA: readonly number[];
  readonly batchStepsB: readonly number[];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Type of the sum. */
  readonly accumulator: "f32" | "i32";
}
/** Index of an operand's matrix from that of the result: the sum of its steps over the leading axes. */
export function matrixIndex(
  matrix: Wgsl,
  batch: readonly number[],
  steps: readonly number[],
): Wgsl {
  let stride = 1;
  const terms: Wgsl[] = [];
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    const [size, step] = [batch[axis]!, steps[axis]!];
    if (step > 0 && size > 1) terms.push(`(${matrix} / ${stride}u) % ${size}u * ${step}u`);
    stride *= size;
  }
  return terms.length === 0 ? "0u" : `(${terms.join(" + ")})`;
}
