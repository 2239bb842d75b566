// Compares results with a reference, value by value.
import type { CorrectnessCheck } from "@fastgpu/results";

/** A result and what it should be; numbers in the same order. */
export interface Comparison {
  readonly name: string;
  readonly actual: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
}

/** What a result is compared with. */
export type ReferenceKind = Pick<CorrectnessCheck, "kind" | "reference">;

interface Errors {
  compared: number;
  nonFinite: number;
  absolute: number;
  relative: number;
  /** Largest error in units of the tolerance; passes up to 1. */
  worst: number;
  tolerance: { readonly absolute: number; readonly relative: number };
}

/**
 * Compares tensors. A value passes when |actual - expected| <= ratio x (largest |expected| of its tensor + |expected|);
 * the tolerance stated is that of the tensor which came closest to failing.
 *
 * @param ratio - see `toleranceRatio`
 */
export function compareWith(
  reference: ReferenceKind,
  comparisons: readonly Comparison[],
  ratio: number,
): CorrectnessCheck {
  const errors: Errors = {
    compared: 0,
    nonFinite: 0,
    absolute: 0,
    relative: 0,
    worst: -1,
    tolerance: { absolute: ratio, relative: ratio },
  };
  for (const comparison of comparisons) compareOne(comparison, ratio, errors);
  return {
    ...reference,
    comparedValues: errors.compared,
    nonFiniteValues: errors.nonFinite,
    maxAbsoluteError: errors.absolute,
    maxRelativeError: errors.relative,
    tolerance: errors.tolerance,
    passed: errors.nonFinite === 0 && errors.worst <= 1 && errors.compared > 0,
  };
}

/** The check of results that nothing can be compared with: they must be finite. */
export function checkFinite(
  reference: string,
  tensors: readonly ArrayLike<number>[],
): CorrectnessCheck {
  let compared = 0;
  let nonFinite = 0;
  for (const values of tensors) {
    compared += values.length;
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) nonFinite++;
  }
  return {
    kind: "finite-only",
    reference,
    comparedValues: compared,
    nonFiniteValues: nonFinite,
    maxAbsoluteError: 0,
    maxRelativeError: 0,
    tolerance: { absolute: 0, relative: 0 },
    passed: nonFinite === 0,
  };
}

function compareOne({ actual, expected }: Comparison, ratio: number, errors: Errors): void {
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i] ?? 0);
    if (Number.isFinite(size)) scale = Math.max(scale, size);
  }
  const absolute = ratio * scale;
  let worst = actual.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? NaN;
    const found = actual[i] ?? NaN;
    errors.compared++;
    if (Object.is(found, wanted) || found === wanted) continue;
    if (!Number.isFinite(found) || !Number.isFinite(wanted)) {
      errors.nonFinite++;
      continue;
    }
    const error = Math.abs(found - wanted);
    errors.absolute = Math.max(errors.absolute, error);
    errors.relative = Math.max(
      errors.relative,
      error / Math.max(Math.abs(found), Math.abs(wanted)),
    );
    worst = Math.max(worst, error / (absolute + ratio * Math.abs(wanted)));
  }
  if (worst <= errors.worst) return;
  errors.worst = worst;
  errors.tolerance = { absolute, relative: ratio };
}
