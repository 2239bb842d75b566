// Convolution as a matrix product: filters x (channels, taps) times (channels, taps) x (samples, positions).
import { floatArithmetic } from "./arithmetic.ts";
import { filterRows, patchColumns } from "./conv-factors.ts";
import { planes, type ConvProblem } from "./conv-problem.ts";
import type { KernelFamily, Operand } from "./kernel.ts";
import { defaultProductTile, productKernel, productTiles } from "./product-kernel.ts";
import { isHalf, type Product } from "./product.ts";

/** x, w -> y. Coordinates of the result: [sample, filter, position]. */
export const conv: KernelFamily<ConvProblem> = {
  name: "conv",
  defaultTile: (problem, operands, traits, share) =>
    defaultProductTile(productOf(problem, operands), traits, share),
  tiles: (problem, operands, traits) => productTiles(productOf(problem, operands), traits),
  build: (problem, operands, traits, tile) =>
    productKernel(productOf(problem, operands), traits, tile),
};

function productOf(problem: ConvProblem, operands: readonly Operand[]): Product {
  const { batch, channels, filters, groups } = problem;
  const { output, taps } = planes(problem);
  const depth = (channels / groups) * taps;
  const isVector = operands[1]?.alignment === 4 && depth % 4 === 0;
  const filtersPerGroup = filters / groups;
  return {
    batch: groups,
    rows: filtersPerGroup,
    columns: batch * output,
    depth,
    arithmetic: floatArithmetic,
    isHalf: isHalf(operands),
    output: [batch, filters, output],
    reads: [
      { source: 0, width: 1 },
      { source: 1, width: isVector ? 4 : 1 },
    ],
    left: (views) => filterRows(problem, views[1]!, isVector),
    right: (views) => patchColumns(problem, views[0]!),
    coordinates: (matrix, row, column) => [
      `${column} / ${output}u`,
      groups === 1 ? row : `${matrix} * ${filtersPerGroup}u + ${row}`,
      `${column} % ${output}u`,
    ],
  };
}
