// The covariance: Matern 5/2 of a weighted distance (Rasmussen and Williams 2006, eq. 4.17, with one length-scale per
// term), plus a linear term in a prior guess of the objective where there is one.
import { termDistance, type Distances, type FeatureTable, type Term } from "./features.ts";

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

/** Covariances of one point with the points of a table, computed for as many of them at once as are asked for. */
export class CovarianceRow {
  readonly #distances: Distances;
  readonly #amplitude: number;
  readonly #guesses: Float64Array | undefined;
  readonly #factor: number;

  /** @param guesses - of the points of the table */
  constructor(kernel: Kernel, point: PointFeatures, table: FeatureTable, guesses?: Float64Array) {
    this.#distances = table.distancesTo(point.features, kernel.weights);
    this.#amplitude = kernel.amplitude;
    this.#guesses = kernel.slope > 0 ? guesses : undefined;
    this.#factor = kernel.slope * point.guess;
  }

  /** Writes those of points `start` to `end` (exclusive) to the beginning of `into`; errors below 1e-10 of the amplitude. */
  write(into: Float64Array, start: number, end: number): void {
    this.#distances.write(into, start, end);
    writeMatern(into, end - start, this.#amplitude);
    if (this.#guesses === undefined) return;
    for (let i = start; i < end; i++) into[i - start]! += this.#factor * this.#guesses[i]!;
  }
}

// exp(-x) at multiples of 1/64: between them four terms of its series leave an error of (1/64)^5 / 5! = 8e-12. A call of
// Math.exp takes several times as long as all of it.
const stepsPerUnit = 64;
// Farther than this a covariance is below 3e-15 of the amplitude.
const farthest = 40;
const decays = Float64Array.from({ length: farthest * stepsPerUnit + 1 }, (_, k) =>
  Math.exp(-k / stepsPerUnit),
);

/** Replaces the first `count` squared distances by amplitude x `matern`. */
function writeMatern(values: Float64Array, count: number, amplitude: number): void {
  for (let i = 0; i < count; i++) {
    const scaled = Math.min(farthest, root5 * Math.sqrt(values[i]!));
    const step = Math.floor(scaled * stepsPerUnit);
    const rest = scaled - step / stepsPerUnit;
    const series = 1 - rest * (1 - rest * (1 / 2 - rest * (1 / 6 - rest / 24)));
    values[i] = amplitude * (1 + scaled + (scaled * scaled) / 3) * decays[step]! * series;
  }
}
