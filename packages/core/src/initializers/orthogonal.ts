// Random matrices with orthonormal rows or columns, by Gram-Schmidt in float64.

/**
 * A random [rows, columns] matrix, row-major, whose rows (if rows <= columns) or columns are orthonormal: Gaussian
 * vectors orthogonalised by modified Gram-Schmidt, done twice because once loses orthogonality for near-parallel
 * vectors (Giraud et al. 2005, "twice is enough"). Gaussian vectors make the result uniform over all such matrices.
 */
export function orthogonalMatrix(
  rows: number,
  columns: number,
  normal: () => number,
): Float64Array {
  const isWide = rows <= columns;
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, normal);
    for (const other of [...vectors, ...vectors]) subtractProjection(vector, other);
    const norm = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((value) => value / norm));
  }
  const result = new Float64Array(rows * columns);
  vectors.forEach((vector, i) => {
    vector.forEach((value, j) => {
      result[isWide ? i * columns + j : j * columns + i] = value;
    });
  });
  return result;
}

function subtractProjection(vector: Float64Array, unit: Float64Array): void {
  const length = dot(vector, unit);
  vector.forEach((value, i) => {
    vector[i] = value - length * (unit[i] ?? 0);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
