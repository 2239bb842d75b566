// The posterior of a Gaussian process at a fixed set of candidates, kept up to date as observations arrive: with
// V = L^-1 K(observed, candidates) the mean is V^T z and the variance loses v^2 per new row, so an observation costs
// O(n x candidates) and not O(n^2 x candidates).
import { GrowingCholesky } from "./cholesky.ts";
import { covariance, covarianceRow, type Kernel, type PointFeatures } from "./kernel.ts";
import type { FeatureTable } from "./features.ts";

/** Candidates that are worked on at once: their sums stay in the first-level cache. */
const blockSize = 1024;

/** Posterior at the candidates of a table. Rows of V are 32-bit, which halves the memory traffic that bounds it. */
export class CandidatePosterior {
  readonly kernel: Kernel;
  /** Prior variance minus what the observations explain, per candidate. */
  readonly variances: Float64Array;
  /** Posterior mean per candidate, valid after `setTargets`. */
  readonly means: Float64Array;
  readonly #table: FeatureTable;
  readonly #guesses: Float64Array | undefined;
  readonly #factor = new GrowingCholesky();
  readonly #observed: PointFeatures[] = [];
  readonly #rows: Float32Array[] = [];
  readonly #noises: number[] = [];
  #z: Float64Array = new Float64Array(0);

  constructor(kernel: Kernel, table: FeatureTable, guesses?: Float64Array) {
    this.kernel = kernel;
    this.#table = table;
    this.#guesses = guesses;
    this.means = new Float64Array(table.count);
    this.variances = new Float64Array(table.count);
    for (let i = 0; i < table.count; i++) {
      this.variances[i] = kernel.amplitude + kernel.slope * (guesses?.[i] ?? 0) ** 2;
    }
  }

  /** Number of observations. */
  get size(): number {
    return this.#observed.length;
  }

  /** Adds an observation with its own variance; its target comes with `setTargets` or `appendTarget`. */
  append(point: PointFeatures, variance: number): void {
    const { terms, count } = this.#table;
    const covariances = this.#observed.map((other) => covariance(this.kernel, terms, point, other));
    const noise = this.kernel.noise + variance;
    const own = this.kernel.amplitude + this.kernel.slope * point.guess ** 2;
    this.#factor.append(covariances, own + noise);
    const sums = new Float64Array(count);
    covarianceRow(this.kernel, point, this.#table, this.#guesses, sums);
    this.#rows.push(this.#eliminate(sums));
    this.#observed.push(point);
    this.#noises.push(noise);
  }

  /**
   * Adds observations for as long as `use` runs (pending trials), then restores every number exactly, so that what
   * was pending leaves no trace in later proposals. Means do not change.
   */
  during<T>(points: readonly PointFeatures[], use: () => T): T {
    if (points.length === 0) return use();
    const size = this.size;
    const saved = this.variances.slice();
    for (const point of points) this.append(point, 0);
    try {
      return use();
    } finally {
      this.#observed.length = size;
      this.#rows.length = size;
      this.#noises.length = size;
      this.#factor.truncate(size);
      this.variances.set(saved);
    }
  }

  /** Computes the means for these targets of the first `targets.length` observations. */
  setTargets(targets: ArrayLike<number>): void {
    this.#z = this.#factor.solveLower(targets);
    this.means.fill(0);
    addRows(this.means, this.#rows, this.#z);
  }

  /** Extends the targets by one, for the observation after the last that has one, at the cost of one row. */
  appendTarget(target: number): void {
    const index = this.#z.length;
    const row = this.#factor.row(index);
    let sum = target;
    for (let k = 0; k < index; k++) sum -= row[k]! * this.#z[k]!;
    const entry = sum / row[index]!;
    const z = new Float64Array(index + 1);
    z.set(this.#z);
    z[index] = entry;
    this.#z = z;
    const values = this.#rows[index]!;
    for (let i = 0; i < values.length; i++) this.means[i]! += entry * values[i]!;
  }

  /** Posterior means at the observations themselves: the target minus noise x alpha. */
  fittedMeans(targets: ArrayLike<number>): Float64Array {
    const alpha = this.#factor.solveUpper(this.#z);
    return Float64Array.from(alpha, (value, i) => targets[i]! - this.#noises[i]! * value);
  }

  /** Mean and variance at any point, in O(n^2). */
  predict(point: PointFeatures): { readonly mean: number; readonly variance: number } {
    const { terms } = this.#table;
    const covariances = this.#observed.map((other) => covariance(this.kernel, terms, point, other));
    const v = this.#factor.solveLower(covariances);
    let mean = 0;
    let variance = this.kernel.amplitude + this.kernel.slope * point.guess ** 2;
    for (let i = 0; i < v.length; i++) {
      mean += v[i]! * (this.#z[i] ?? 0);
      variance -= v[i]! * v[i]!;
    }
    return { mean, variance: Math.max(variance, 0) };
  }

  // sums - sum_i L[n, i] V[i], divided by the new diagonal, block by block and eight rows at a time.
  #eliminate(sums: Float64Array): Float32Array {
    const size = this.#rows.length;
    const coefficients = this.#factor.row(size);
    const inverse = 1 / coefficients[size]!;
    const count = sums.length;
    const result = new Float32Array(count);
    for (let start = 0; start < count; start += blockSize) {
      const end = Math.min(start + blockSize, count);
      subtractRows(sums, this.#rows, coefficients, { start, end, size });
      for (let i = start; i < end; i++) {
        const value = Math.fround(sums[i]! * inverse);
        result[i] = value;
        this.variances[i]! -= value * value;
      }
    }
    return result;
  }
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

function subtractRows(
  sums: Float64Array,
  rows: readonly Float32Array[],
  coefficients: Float64Array,
  { start, end, size }: Block,
): void {
  let r = 0;
  for (; r + 7 < size; r += 8) {
    const [row0, row1, row2, row3] = [rows[r]!, rows[r + 1]!, rows[r + 2]!, rows[r + 3]!];
    const [row4, row5, row6, row7] = [rows[r + 4]!, rows[r + 5]!, rows[r + 6]!, rows[r + 7]!];
    const [c0, c1] = [coefficients[r]!, coefficients[r + 1]!];
    const [c2, c3] = [coefficients[r + 2]!, coefficients[r + 3]!];
    const [c4, c5] = [coefficients[r + 4]!, coefficients[r + 5]!];
    const [c6, c7] = [coefficients[r + 6]!, coefficients[r + 7]!];
    for (let i = start; i < end; i++) {
      const first = c0 * row0[i]! + c1 * row1[i]! + (c2 * row2[i]! + c3 * row3[i]!);
      const second = c4 * row4[i]! + c5 * row5[i]! + (c6 * row6[i]! + c7 * row7[i]!);
      sums[i]! -= first + second;
    }
  }
  for (; r < size; r++) {
    const row = rows[r]!;
    const c = coefficients[r]!;
    for (let i = start; i < end; i++) sums[i]! -= c * row[i]!;
  }
}

function addRows(sums: Float64Array, rows: readonly Float32Array[], factors: Float64Array): void {
  const negated = factors.map((factor) => -factor);
  for (let start = 0; start < sums.length; start += blockSize) {
    const end = Math.min(start + blockSize, sums.length);
    subtractRows(sums, rows, negated, { start, end, size: factors.length });
  }
}
