// Matrix product over stored matrices: any transposition, broadcast leading axes, odd sizes.
import { byteArithmetic, floatArithmetic, integerArithmetic, type ByteType } from "./arithmetic.ts";
import type { KernelFamily, Operand } from "./kernel.ts";
import { leftMatrix, rightMatrix, storedFactor } from "./matmul-factors.ts";
import { packedFactor, wordsOf } from "./matmul-packed.ts";
import type { MatmulProblem } from "./matmul-problem.ts";
import { defaultProductTile, productKernel, productTiles } from "./product-kernel.ts";
import { isHalf, type Product } from "./product.ts";

export type { MatmulProblem } from "./matmul-problem.ts";

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
  const left = leftMatrix(problem, isVector(operands[0], transposeA ? m : k));
  const right = rightMatrix(problem, isVector(operands[1], transposeB ? k : n));
  const product: Product = {
    batch,
    rows: m,
    columns: n,
    depth: k,
    arithmetic: problem.accumulator === "f32" ? floatArithmetic : integerArithmetic,
    isHalf: isHalf(operands),
    output: [batch, m, n],
    reads: [
      { source: 0, width: left.isVector ? 4 : 1 },
      { source: 1, width: right.isVector ? 4 : 1 },
    ],
    left: (views) => storedFactor(left, views[0]!),
    right: (views) => storedFactor(right, views[1]!),
    coordinates: (matrix, row, column) => [matrix, row, column],
  };
  const [a, b] = operands.map(({ dtype }) => dtype);
  if (!isMultipliedByte(a) || !isMultipliedByte(b)) return product;
  const packed: Product = {
    ...product,
    depth: wordsOf(k),
    arithmetic: byteArithmetic(a, b),
    left: (views) => packedFactor(left, views[0]!, k),
    right: (views) => packedFactor(right, views[1]!, k),
  };
  return { ...product, packed };
}

function isMultipliedByte(dtype: Operand["dtype"] | undefined): dtype is ByteType {
  return dtype === "i8" || dtype === "u8";
}
