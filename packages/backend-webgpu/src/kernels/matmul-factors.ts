// The factors of a matrix product over stored matrices, transposed or not, with broadcast leading axes.
import type { TensorView, Wgsl } from "./kernel.ts";
import { matrixIndex, type MatmulProblem } from "./matmul-problem.ts";
import type { Factor } from "./product.ts";

/** The left factor, stored [rows, depth], or [depth, rows] if transposed. */
export function leftFactor(problem: MatmulProblem, view: TensorView, isVector: boolean): Factor {
  const { m, k, batch, batchStepsA, transposeA } = problem;
  const base = (matrix: Wgsl): Wgsl => offset(matrix, batch, batchStepsA, m * k);
  return stored(view, base, transposeA ? { depth: m, outer: 1 } : { outer: k, depth: 1 }, isVector);
}

/** The right factor, stored [depth, columns], or [columns, depth] if transposed. */
export function rightFactor(problem: MatmulProblem, view: TensorView, isVector: boolean): Factor {
  const { n, k, batch, batchStepsB, transposeB } = problem;
  const base = (matrix: Wgsl): Wgsl => offset(matrix, batch, batchStepsB, n * k);
  return stored(view, base, transposeB ? { outer: k, depth: 1 } : { depth: n, outer: 1 }, isVector);
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

/** One step is 1: the index along which neighbours lie together. The other is the length of a stored row. */
function stored(
  view: TensorView,
  base: (matrix: Wgsl) => Wgsl,
  step: { readonly outer: number; readonly depth: number },
  isVector: boolean,
): Factor {
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
