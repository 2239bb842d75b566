// The marginal likelihood of a Gaussian process and its gradient (Rasmussen and Williams 2006, eq. 2.30 and 5.9), with
// weak priors on the hyper-parameters, which keep a handful of observations from deciding everything.
import { dotProduct, GrowingCholesky } from "./cholesky.ts";
import { maternCurves, type Kernel, type MaternCurves } from "./kernel.ts";
import type { PointFeatures } from "./kernel.ts";
import { termDistance, type Term } from "./features.ts";

/** Observations that a kernel is fitted to. */
export interface FitData {
  readonly terms: readonly Term[];
  readonly points: readonly PointFeatures[];
  /** Standardised objective. */
  readonly targets: Float64Array;
  /** Known variance of each observation in standardised units. */
  readonly variances: Float64Array;
}

/** A normal prior on the logarithm of a hyper-parameter. */
interface LogPrior {
  readonly mean: number;
  readonly sd: number;
}

/** log amplitude, log noise, log slope, then one log weight per term. */
export type LogParameters = Float64Array;

const fixedCount = 3;

/** Where the logarithms are expected; also where a fit starts. */
export function logPriors(terms: readonly Term[]): readonly LogPrior[] {
  // A typical squared distance is about 1, shared by the terms: ranks of two random points differ by 1/6 on average in
  // square, categories by about 1/2.
  const share = 1 / Math.max(1, terms.length);
  return [
    { mean: 0, sd: 1 },
    { mean: Math.log(1e-3), sd: 2 },
    { mean: Math.log(0.3), sd: 1 },
    ...terms.map(({ kind }) => ({ mean: Math.log((kind === "rank" ? 6 : 2) * share), sd: 1.5 })),
  ];
}

/** The kernel of log parameters. */
export function kernelOf(parameters: LogParameters, hasGuess: boolean): Kernel {
  return {
    amplitude: Math.exp(parameters[0]!),
    noise: Math.exp(parameters[1]!),
    slope: hasGuess ? Math.exp(parameters[2]!) : 0,
    weights: Float64Array.from(parameters.subarray(fixedCount), Math.exp),
  };
}

/** Computes value and gradient of the negative log posterior of the hyper-parameters for one data set. */
export class Likelihood {
  readonly #data: FitData;
  readonly #priors: readonly LogPrior[];
  readonly #guesses: Float64Array;
  readonly #hasGuess: boolean;
  // Squared differences per pair (i > j) and term.
  readonly #parts: Float64Array;

  constructor(data: FitData) {
    this.#data = data;
    this.#priors = logPriors(data.terms);
    this.#guesses = Float64Array.from(data.points, ({ guess }) => guess);
    this.#hasGuess = this.#guesses.some((guess) => guess !== 0);
    this.#parts = pairDifferences(data);
  }

  /** The value at `parameters`; the gradient goes into `gradient`. */
  evaluate(parameters: LogParameters, gradient: Float64Array): number {
    const { targets, variances } = this.#data;
    const guesses = this.#guesses;
    const count = targets.length;
    const kernel = kernelOf(parameters, this.#hasGuess);
    const curves = maternCurves(this.#squaredDistances(kernel.weights));
    const factor = new GrowingCholesky();
    const row = new Float64Array(count);
    for (let i = 0, pair = 0; i < count; i++) {
      for (let j = 0; j < i; j++, pair++) {
        row[j] = kernel.amplitude * curves.values[pair]! + kernel.slope * guesses[i]! * guesses[j]!;
      }
      const diagonal = kernel.amplitude + kernel.slope * guesses[i]! ** 2;
      factor.append(row, diagonal + kernel.noise + variances[i]!);
    }
    const z = factor.solveLower(targets);
    let value = factor.halfLogDeterminant();
    for (const entry of z) value += 0.5 * entry * entry;
    this.#gradientOf(kernel, { curves, factor, alpha: factor.solveUpper(z) }, gradient);
    this.#priors.forEach(({ mean, sd }, p) => {
      const deviation = (parameters[p]! - mean) / sd;
      value += 0.5 * deviation * deviation;
      gradient[p]! += deviation / sd;
    });
    return value;
  }

  #squaredDistances(weights: Float64Array): Float64Array {
    const terms = weights.length;
    const parts = this.#parts;
    const squared = new Float64Array(terms === 0 ? 0 : parts.length / terms);
    for (let pair = 0, k = 0; pair < squared.length; pair++) {
      let sum = 0;
      for (let t = 0; t < terms; t++, k++) sum += weights[t]! * parts[k]!;
      squared[pair] = sum;
    }
    return squared;
  }

  // d/dp = 1/2 tr((K^-1 - alpha alpha^T) dK/dp).
  #gradientOf(
    kernel: Kernel,
    solved: { curves: MaternCurves; factor: GrowingCholesky; alpha: Float64Array },
    gradient: Float64Array,
  ): void {
    const { curves, alpha } = solved;
    const guesses = this.#guesses;
    const inverse = inverseOf(solved.factor);
    const terms = kernel.weights.length;
    const count = alpha.length;
    const parts = this.#parts;
    const byTerm = new Float64Array(terms);
    let byAmplitude = 0;
    let byNoise = 0;
    let bySlope = 0;
    for (let i = 0, pair = 0; i < count; i++) {
      for (let j = 0; j < i; j++, pair++) {
        const outer = inverse[i * count + j]! - alpha[i]! * alpha[j]!;
        byAmplitude += outer * kernel.amplitude * curves.values[pair]!;
        bySlope += outer * kernel.slope * guesses[i]! * guesses[j]!;
        const common = outer * kernel.amplitude * curves.slopes[pair]!;
        const start = pair * terms;
        for (let t = 0; t < terms; t++) byTerm[t]! += common * parts[start + t]!;
      }
      const diagonal = 0.5 * (inverse[i * count + i]! - alpha[i]! * alpha[i]!);
      byAmplitude += diagonal * kernel.amplitude;
      byNoise += diagonal * kernel.noise;
      bySlope += diagonal * kernel.slope * guesses[i]! ** 2;
    }
    gradient[0] = byAmplitude;
    gradient[1] = byNoise;
    gradient[2] = bySlope;
    for (let t = 0; t < terms; t++) gradient[fixedCount + t] = byTerm[t]! * kernel.weights[t]!;
  }
}

function pairDifferences({ terms, points }: FitData): Float64Array {
  const count = points.length;
  const parts = new Float64Array(((count * (count - 1)) / 2) * terms.length);
  for (let i = 0, k = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      for (let t = 0; t < terms.length; t++, k++) {
        parts[k] = termDistance(terms[t]!, points[i]!.features[t]!, points[j]!.features[t]!);
      }
    }
  }
  return parts;
}

/** K^-1 = L^-T L^-1, row major; only the lower triangle is filled. */
function inverseOf(factor: GrowingCholesky): Float64Array {
  const size = factor.size;
  // Column j of L^-1, stored as row j, so that the sums below run over consecutive numbers.
  const columns = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = factor.row(i);
    const pivot = 1 / row[i]!;
    for (let j = 0; j < i; j++) {
      const start = j * size;
      columns[start + i] = -pivot * dotProduct(row, j, columns, start + j, i - j);
    }
    columns[i * size + i] = pivot;
  }
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      inverse[i * size + j] = dotProduct(columns, i * size + i, columns, j * size + i, size - i);
    }
  }
  return inverse;
}
