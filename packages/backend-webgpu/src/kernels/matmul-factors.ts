// The factors of a matrix product over stored matrices, transposed or not, with broadcast leading axes.
import type { TensorView, Wgsl } from "./kernel.ts";
import { matrixIndex, type MatmulProblem } from "./matmul-problem.ts";
import type { Factor } from "./product.ts";

/** How the matrices of an operand lie in memory, as [outer, depth]. */
export interface StoredMatrix {
  /** First element of a matrix of the batch. */
  readonly base: (matrix: Wgsl) => Wgsl;
  /** One step is 1: the index along which neighbours lie together. The other is the length of a stored row. */
  readonly step: { readonly outer: number; readonly depth: number };
  /** Whether rows start at fours, so that four neighbours are one load. */
  readonly isVector: boolean;
}

/** The left operand, stored [rows, depth], or [depth, rows] if transposed. */
export function leftMatrix(problem: MatmulProblem, isVector: boolean): StoredMatrix {
  const { m, k, batch, batchStepsA, transposeA } = problem;
  return {
    base: (matrix) => offset(matrix, batch, batchStepsA, m * k),
    step: transposeA ? { depth: m, outer: 1 } : { outer: k, depth: 1 },
    isVector,
  };
}

/** The right operand, stored [depth, columns], or [columns, depth] if transposed. */
export function rightMatrix(problem: MatmulProblem, isVector: boolean): StoredMatrix {
  const { n, k, batch, batchStepsB, transposeB } = problem;
  return {
    base: (matrix) => offset(matrix, batch, batchStepsB, n * k),
    step: transposeB ? { outer: k, depth: 1 } : { depth: n, outer: 1 },
    isVector,
  };
}

function offset(
  matrix: Wgsl,
  batch: readonly number[],
  steps: readonly number[],
  size: number,
): Wgsl {
  const index = matrixIndex(matrix, batch, steps);
  return index === "0u" ? "0u" : `${index} * ${size}u`;
}

/** The elements of stored matrices one by one, or four neighbours in memory at a time. */
export function storedFactor({ base, step, isVector }: StoredMatrix, view: TensorView): Factor {
  const order = step.outer === 1 ? "outer" : "depth";
  const place = (outer: Wgsl, depth: Wgsl): Wgsl => `${outer}_at + ${depth}_at`;
  return {
    vector: isVector ? order : "none",
    order,
    bindOuter: (prefix, matrix, index) =>
      `let ${prefix}_at = ${base(matrix)} + (${index}) * ${step.outer}u;`,
    bindDepth: (prefix, index) => `let ${prefix}_at = (${index}) * ${step.depth}u;`,
    load: (outer, depth) => view.load(place(outer, depth)),
    load4: (outer, depth) => view.load4(`(${place(outer, depth)}) / 4u`),
  };
}
