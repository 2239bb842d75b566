// The covariance: Matern 5/2 of a weighted distance (Rasmussen and Williams 2006, eq. 4.17, with one length-scale per
// term), plus a linear term in a prior guess of the objective where there is one.
import { termDistance, type FeatureTable, type Term } from "./features.ts";

/** Hyper-parameters. The objective is standardised, so 1 is its own variance. */
export interface Kernel {
  /** Per term 1 / length-scale^2. */
  readonly weights: Float64Array;
  readonly amplitude: number;
  /** Variance of the noise that every observation has besides its own. */
  readonly noise: number;
  /** Variance of the slope of the prior guess; 0 without one. */
  readonly slope: number;
}

const root5 = Math.sqrt(5);

/** (1 + sqrt(5) r + 5/3 r^2) exp(-sqrt(5) r) for a squared distance. */
export function matern(squared: number): number {
  const scaled = root5 * Math.sqrt(squared);
  return (1 + scaled + (scaled * scaled) / 3) * Math.exp(-scaled);
}

/** `matern` and its derivative by the squared distance, for many distances with one exponential each. */
export interface MaternCurves {
  readonly values: Float64Array;
  /** -5/6 (1 + sqrt(5) r) exp(-sqrt(5) r). */
  readonly slopes: Float64Array;
}

/** Both curves at these squared distances. */
export function maternCurves(squared: Float64Array): MaternCurves {
  const values = new Float64Array(squared.length);
  const slopes = new Float64Array(squared.length);
  for (let i = 0; i < squared.length; i++) {
    const scaled = root5 * Math.sqrt(squared[i]!);
    const decay = Math.exp(-scaled);
    values[i] = (1 + scaled + (scaled * scaled) / 3) * decay;
    slopes[i] = (-5 / 6) * (1 + scaled) * decay;
  }
  return { values, slopes };
}

/** A point's numbers: per term, and its prior guess. */
export interface PointFeatures {
  readonly features: Float64Array;
  readonly guess: number;
}

/** Covariance of two points. */
export function covariance(
  kernel: Kernel,
  terms: readonly Term[],
  a: PointFeatures,
  b: PointFeatures,
): number {
  let squared = 0;
  for (let t = 0; t < terms.length; t++) {
    squared += kernel.weights[t]! * termDistance(terms[t]!, a.features[t]!, b.features[t]!);
  }
  return kernel.amplitude * matern(squared) + kernel.slope * a.guess * b.guess;
}

/** Covariance of a point with all points of a table, into `into`. */
export function covarianceRow(
  kernel: Kernel,
  point: PointFeatures,
  table: FeatureTable,
  guesses: Float64Array | undefined,
  into: Float64Array,
): void {
  const { count } = table;
  into.fill(0);
  table.addDistances(point.features, kernel.weights, into);
  const { amplitude, slope } = kernel;
  for (let i = 0; i < count; i++) {
    const scaled = root5 * Math.sqrt(into[i]!);
    into[i] = amplitude * (1 + scaled + (scaled * scaled) / 3) * Math.exp(-scaled);
  }
  if (guesses !== undefined && slope > 0) {
    const factor = slope * point.guess;
    for (let i = 0; i < count; i++) into[i]! += factor * guesses[i]!;
  }
}
