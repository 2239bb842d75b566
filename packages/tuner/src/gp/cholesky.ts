// A Cholesky factor that grows by one row per observation in O(n^2), and loses its last rows again. Libraries factor
// whole matrices, which would cost O(n^3) per observation.

/**
 * Sum of a[aStart + k] b[bStart + k] over k < length, in four sums side by side: one sum alone waits for its last
 * addition at every step.
 */
export function dotProduct(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  length: number,
): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    sum0 += a[aStart + k]! * b[bStart + k]!;
    sum1 += a[aStart + k + 1]! * b[bStart + k + 1]!;
    sum2 += a[aStart + k + 2]! * b[bStart + k + 2]!;
    sum3 += a[aStart + k + 3]! * b[bStart + k + 3]!;
  }
  for (; k < length; k++) sum0 += a[aStart + k]! * b[bStart + k]!;
  return sum0 + sum1 + (sum2 + sum3);
}

/** Lower triangular L with L L^T = K, rows packed one after another. */
export class GrowingCholesky {
  #data = new Float64Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Entry of row i, column j <= i. */
  at(i: number, j: number): number {
    return this.#data[(i * (i + 1)) / 2 + j]!;
  }

  /** Row i as a view of i + 1 numbers, valid until the next `append`. */
  row(i: number): Float64Array {
    const start = (i * (i + 1)) / 2;
    return this.#data.subarray(start, start + i + 1);
  }

  /**
   * Adds the row of a new point. A diagonal that is not positive by rounding is lifted to 1e-10 of its value, as if the
   * point had that much noise.
   *
   * @param covariances - covariance with the points so far, `size` numbers
   * @param diagonal - variance of the point, noise included
   */
  append(covariances: ArrayLike<number>, diagonal: number): void {
    const size = this.#size;
    const start = (size * (size + 1)) / 2;
    this.#reserve(start + size + 1);
    const data = this.#data;
    let rest = diagonal;
    for (let j = 0; j < size; j++) {
      const rowStart = (j * (j + 1)) / 2;
      const explained = dotProduct(data, start, data, rowStart, j);
      const entry = (covariances[j]! - explained) / data[rowStart + j]!;
      data[start + j] = entry;
      rest -= entry * entry;
    }
    data[start + size] = Math.sqrt(Math.max(rest, 1e-10 * diagonal));
    this.#size = size + 1;
  }

  /** Forgets all rows from `size` on. */
  truncate(size: number): void {
    this.#size = Math.min(size, this.#size);
  }

  /** Solves L z = y for the first `y.length` rows. */
  solveLower(y: ArrayLike<number>): Float64Array {
    const data = this.#data;
    const z = new Float64Array(y.length);
    for (let i = 0; i < z.length; i++) {
      const start = (i * (i + 1)) / 2;
      z[i] = (y[i]! - dotProduct(data, start, z, 0, i)) / data[start + i]!;
    }
    return z;
  }

  /** Solves L^T x = z for the first `z.length` rows. */
  solveUpper(z: ArrayLike<number>): Float64Array {
    const data = this.#data;
    const x = Float64Array.from(z);
    for (let i = x.length - 1; i >= 0; i--) {
      const start = (i * (i + 1)) / 2;
      const value = x[i]! / data[start + i]!;
      x[i] = value;
      for (let k = 0; k < i; k++) x[k]! -= data[start + k]! * value;
    }
    return x;
  }

  /** Sum of the logarithms of the diagonal: half of log |K|. */
  halfLogDeterminant(): number {
    let sum = 0;
    for (let i = 0; i < this.#size; i++) sum += Math.log(this.at(i, i));
    return sum;
  }

  #reserve(length: number): void {
    if (this.#data.length >= length) return;
    const larger = new Float64Array(Math.max(length, this.#data.length * 2));
    larger.set(this.#data);
    this.#data = larger;
  }
}
