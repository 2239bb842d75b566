// The inner loops of the posterior over many candidates: rows of V = L^-1 K are eliminated block by block, two new rows
// at a time, so that a block stays in the cache and each number that is read serves two sums.

/** Candidates that are worked on at once. */
export const blockSize = 512;

/** A block of candidates and how many rows are taken from it. */
export interface Block {
  readonly start: number;
  readonly end: number;
  readonly rows: number;
}

/** sums[i] -= sum over rows r of factors[r] rows[r][start + i]. */
export function subtractRows(
  sums: Float64Array,
  rows: readonly Float32Array[],
  factors: ArrayLike<number>,
  { start, end, rows: count }: Block,
): void {
  let r = 0;
  for (; r + 7 < count; r += 8) {
    const [row0, row1, row2, row3] = [rows[r]!, rows[r + 1]!, rows[r + 2]!, rows[r + 3]!];
    const [row4, row5, row6, row7] = [rows[r + 4]!, rows[r + 5]!, rows[r + 6]!, rows[r + 7]!];
    const [c0, c1] = [factors[r]!, factors[r + 1]!];
    const [c2, c3] = [factors[r + 2]!, factors[r + 3]!];
    const [c4, c5] = [factors[r + 4]!, factors[r + 5]!];
    const [c6, c7] = [factors[r + 6]!, factors[r + 7]!];
    for (let i = start; i < end; i++) {
      const first = c0 * row0[i]! + c1 * row1[i]! + (c2 * row2[i]! + c3 * row3[i]!);
      const second = c4 * row4[i]! + c5 * row5[i]! + (c6 * row6[i]! + c7 * row7[i]!);
      sums[i - start]! -= first + second;
    }
  }
  for (; r < count; r++) {
    const row = rows[r]!;
    const c = factors[r]!;
    for (let i = start; i < end; i++) sums[i - start]! -= c * row[i]!;
  }
}

/** The sums of two new rows. */
export interface SumPair {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** `subtractRows` for two sums with their own factors. */
export function subtractRowsFromPair(
  { first, second }: SumPair,
  rows: readonly Float32Array[],
  factors: { readonly first: Float64Array; readonly second: Float64Array },
  { start, end, rows: count }: Block,
): void {
  const { first: a, second: b } = factors;
  let r = 0;
  for (; r + 3 < count; r += 4) {
    const [row0, row1, row2, row3] = [rows[r]!, rows[r + 1]!, rows[r + 2]!, rows[r + 3]!];
    const [a0, a1, a2, a3] = [a[r]!, a[r + 1]!, a[r + 2]!, a[r + 3]!];
    const [b0, b1, b2, b3] = [b[r]!, b[r + 1]!, b[r + 2]!, b[r + 3]!];
    for (let i = start; i < end; i++) {
      const x0 = row0[i]!;
      const x1 = row1[i]!;
      const x2 = row2[i]!;
      const x3 = row3[i]!;
      first[i - start]! -= a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3);
      second[i - start]! -= b0 * x0 + b1 * x1 + (b2 * x2 + b3 * x3);
    }
  }
  for (; r < count; r++) {
    const row = rows[r]!;
    const [c, d] = [a[r]!, b[r]!];
    for (let i = start; i < end; i++) {
      first[i - start]! -= c * row[i]!;
      second[i - start]! -= d * row[i]!;
    }
  }
}
