// Compares a tensor of a device with the expected one, element by element.
import { formatType, sameShape, toNumbers, type HostTensor } from "@fastgpu/core";
import { ConformanceError } from "../case.ts";
import type { BoundedTensor } from "./bounds.ts";

/**
 * Checks one result.
 *
 * @param what - names it in messages
 * @returns the largest error as a share of its bound, 0 to 1
 * @throws {ConformanceError} if dtype, shape, number of elements or an element is wrong
 */
export function compareTensor(
  what: string,
  actual: HostTensor | undefined,
  expected: BoundedTensor,
): number {
  if (actual?.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape)) {
    const found = actual === undefined ? "none" : formatType(actual);
    throw new ConformanceError(`${what}: must be ${formatType(expected)}, got ${found}`);
  }
  const numbers = toNumbers(actual);
  if (numbers.length !== expected.data.length) {
    throw new ConformanceError(
      `${what}: must have ${expected.data.length} elements, got ${numbers.length}`,
    );
  }
  let worst = 0;
  let worstAt = 0;
  let wrong = 0;
  expected.data.forEach((right, i) => {
    const ratio = errorRatio(numbers[i]!, right, expected.bounds[i]!);
    if (!(ratio <= 1)) wrong++;
    if (ratio > worst) {
      worst = ratio;
      worstAt = i;
    }
  });
  if (wrong === 0) return worst;
  const [bound, right] = [expected.bounds[worstAt]!, expected.data[worstAt]!];
  throw new ConformanceError(
    `${what}: elements must be within tolerance, got ${wrong} of ${numbers.length} outside; ` +
      `worst at ${worstAt}: expected ${right} +- ${bound.toExponential(1)}, got ${numbers[worstAt]!}`,
  );
}

/** Error as a share of the bound; infinite where a NaN, an infinity or an exact value is missed. */
function errorRatio(actual: number, expected: number, bound: number): number {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  const error = Math.abs(actual - expected);
  return bound === 0 ? Infinity : error / bound;
}
