// Matrix product over stored matrices: any transposition, broadcast leading axes, odd sizes.
import type { KernelFamily, Operand } from "./kernel.ts";
import { leftFactor, rightFactor } from "./matmul-factors.ts";
import type { MatmulProblem } from "./matmul-problem.ts";

export type { MatmulProblem } from "./matmul-problem.ts";
import { defaultProductTile, productKernel, productTiles } from "./product-kernel.ts";
import { isHalf, type Product } from "./product.ts";

/** See {@link MatmulProblem}. Coordinates of the result: [matrix, row, column]. */
export const matmul: KernelFamily<MatmulProblem> = {
  name: "matmul",
  defaultTile: (problem, operands, traits, share) =>
    defaultProductTile(matmulProduct(problem, operands), traits, share),
  tiles: (problem, operands, traits) => productTiles(matmulProduct(problem, operands), traits),
  build: (problem, operands, traits, tile) =>
    productKernel(matmulProduct(problem, operands), traits, tile),
};

function matmulProduct(problem: MatmulProblem, operands: readonly Operand[]): Product {
  const { m, n, k, transposeA, transposeB } = problem;
  const batch = problem.batch.reduce((product, size) => product * size, 1);
  const isVector = (operand: Operand | undefined, rowLength: number): boolean =>
    operand?.alignment === 4 && rowLength % 4 === 0;
  const [isVectorA, isVectorB] = [
    isVector(operands[0], transposeA ? m : k),
    isVector(operands[1], transposeB ? k : n),
  ];
  return {
    batch,
    rows: m,
    columns: n,
    depth: k,
    accumulator: problem.accumulator,
    isHalf: isHalf(operands),
    output: [batch, m, n],
    reads: [
      { source: 0, width: isVectorA ? 4 : 1 },
      { source: 1, width: isVectorB ? 4 : 1 },
    ],
    left: (views) => leftFactor(problem, views[0]!, isVectorA),
    right: (views) => rightFactor(problem, views[1]!, isVectorB),
    coordinates: (matrix, row, column) => [matrix, row, column],
  };
}
