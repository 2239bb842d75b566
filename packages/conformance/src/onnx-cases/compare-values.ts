// Compares a value of a model file with the stored one as the official ONNX runner does: numpy's assert_allclose.
import { sameShape, tensorFrom, toNumbers, type ModelTensor } from "@fastgpu/core";
import { ConformanceError } from "../case.ts";

/** Relative and absolute tolerance: |actual - expected| <= absolute + relative |expected|. */
interface Closeness {
  readonly relative: number;
  readonly absolute: number;
}

/** The official runner's defaults, and a percent for halves. */
const closeness: Closeness = { relative: 1e-3, absolute: 1e-5 };
const halfCloseness: Closeness = { relative: 1e-2, absolute: 1e-5 };

/**
 * Checks one output.
 *
 * @param what - names it in messages
 * @throws {ConformanceError} if element type, shape or an element is wrong
 */
export function compareValues(
  what: string,
  actual: ModelTensor | undefined,
  expected: ModelTensor,
): void {
  if (actual?.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape)) {
    const found = actual === undefined ? "none" : describe(actual);
    throw new ConformanceError(`${what}: must be ${describe(expected)}, got ${found}`);
  }
  const { relative, absolute } = expected.dtype === "f16" ? halfCloseness : closeness;
  const [left, right] = [elementsOf(actual), elementsOf(expected)];
  const wrong = right.findIndex((value, i) => {
    const found = left[i];
    if (found === value || (Number.isNaN(found) && Number.isNaN(value))) return false;
    if (typeof found !== "number" || typeof value !== "number") return true;
    return !(Math.abs(found - value) <= absolute + relative * Math.abs(value));
  });
  if (wrong < 0) return;
  throw new ConformanceError(
    `${what}: elements must be close to the stored ones, got ${left[wrong] ?? "none"} for ${right[wrong] ?? "none"} at ${wrong}`,
  );
}

function elementsOf({ dtype, shape, data }: ModelTensor): readonly (number | string)[] {
  if (dtype === "f16") {
    return [...toNumbers({ ...tensorFrom("f16", [0], []), shape, data: data as Uint16Array })];
  }
  return Array.from<number | bigint | string, number | string>(data, (value) =>
    typeof value === "bigint" ? Number(value) : value,
  );
}

function describe({ dtype, shape }: ModelTensor): string {
  return `${dtype}[${shape.join()}]`;
}
