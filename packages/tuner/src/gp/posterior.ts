// The posterior of a Gaussian process at a fixed set of candidates, kept up to date as observations arrive: with
// V = L^-1 K(observed, candidates) the mean is V^T z and the variance loses v^2 per new row, so an observation costs
// O(n x candidates) and not O(n^2 x candidates).
import { GrowingCholesky } from "./cholesky.ts";
import { blockSize, subtractRows, subtractRowsFromPair } from "./elimination.ts";
import type { FeatureTable } from "./features.ts";
import { covariance, CovarianceRow, type Kernel, type PointFeatures } from "./kernel.ts";

/** An observed point and the variance of its value. */
export interface Observed {
  readonly point: PointFeatures;
  readonly variance: number;
}

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
    this.appendAll([{ point, variance }]);
  }

  /** `append` for many: sooner done than one by one, with the same result up to rounding. */
  appendAll(observations: readonly Observed[]): void {
    const { terms } = this.#table;
    for (const { point, variance } of observations) {
      const covariances = this.#observed.map((other) =>
        covariance(this.kernel, terms, point, other),
      );
      const noise = this.kernel.noise + variance;
      const own = this.kernel.amplitude + this.kernel.slope * point.guess ** 2;
      this.#factor.append(covariances, own + noise);
      this.#observed.push(point);
      this.#noises.push(noise);
    }
    this.#eliminate(
      observations.map(
        ({ point }) => new CovarianceRow(this.kernel, point, this.#table, this.#guesses),
      ),
    );
  }

  /**
   * Adds observations for as long as `use` runs (pending trials), then restores every number exactly, so that what
   * was pending leaves no trace in later proposals. Means do not change.
   */
  during<T>(points: readonly PointFeatures[], use: () => T): T {
    if (points.length === 0) return use();
    const size = this.size;
    const saved = this.variances.slice();
    this.appendAll(points.map((point) => ({ point, variance: 0 })));
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

  // V[n] = (K[n] - sum_i L[n, i] V[i]) / L[n, n] for all new rows, block by block.
  #eliminate(fresh: readonly CovarianceRow[]): void {
    const known = this.#rows.length;
    const { count } = this.#table;
    for (let k = 0; k < fresh.length; k++) this.#rows.push(new Float32Array(count));
    const length = Math.min(blockSize, count);
    const sums = { first: new Float64Array(length), second: new Float64Array(length) };
    for (let start = 0; start < count; start += blockSize) {
      const end = Math.min(start + blockSize, count);
      let k = 0;
      for (; k + 1 < fresh.length; k += 2) {
        const rows = known + k;
        const factors = { first: this.#factor.row(rows), second: this.#factor.row(rows + 1) };
        fresh[k]!.write(sums.first, start, end);
        fresh[k + 1]!.write(sums.second, start, end);
        subtractRowsFromPair(sums, this.#rows, factors, { start, end, rows });
        this.#finish(rows, sums.first, start, end);
        subtractRow(sums.second, this.#rows[rows]!, factors.second[rows]!, { start, end });
        this.#finish(rows + 1, sums.second, start, end);
      }
      if (k === fresh.length) continue;
      const rows = known + k;
      fresh[k]!.write(sums.first, start, end);
      subtractRows(sums.first, this.#rows, this.#factor.row(rows), { start, end, rows });
      this.#finish(rows, sums.first, start, end);
    }
  }

  #finish(index: number, sums: Float64Array, start: number, end: number): void {
    const row = this.#rows[index]!;
    const inverse = 1 / this.#factor.at(index, index);
    for (let i = start; i < end; i++) {
      const value = Math.fround(sums[i - start]! * inverse);
      row[i] = value;
      this.variances[i]! -= value * value;
    }
  }
}

function subtractRow(
  sums: Float64Array,
  row: Float32Array,
  factor: number,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  for (let i = start; i < end; i++) sums[i - start]! -= factor * row[i]!;
}

function addRows(sums: Float64Array, rows: readonly Float32Array[], factors: Float64Array): void {
  const negated = factors.map((factor) => -factor);
  for (let start = 0; start < sums.length; start += blockSize) {
    const end = Math.min(start + blockSize, sums.length);
    subtractRows(sums.subarray(start, end), rows, negated, { start, end, rows: factors.length });
  }
}
