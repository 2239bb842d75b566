// Gradient of a convolution with respect to its filter as a matrix product: filters x (samples, positions) times (samples,
// positions) x (channels, taps).
import { floatArithmetic } from "./arithmetic.ts";
import { gradientRows, patchRows } from "./conv-factors.ts";
import { planes, type ConvProblem } from "./conv-problem.ts";
import type { KernelFamily, Operand } from "./kernel.ts";
import { defaultProductTile, productKernel, productTiles } from "./product-kernel.ts";
import { isHalf, type Product } from "./product.ts";

/** x, dy -> dw. Coordinates of the result: [filter, channel within the group, tap]. */
export const convFilterGrad: KernelFamily<ConvProblem> = {
  name: "convFilterGrad",
  defaultTile: (problem, operands, traits, share) =>
    defaultProductTile(productOf(problem, operands), traits, share),
  tiles: (problem, operands, traits) => productTiles(productOf(problem, operands), traits),
  build: (problem, operands, traits, tile) =>
    productKernel(productOf(problem, operands), traits, tile),
};

function productOf(problem: ConvProblem, operands: readonly Operand[]): Product {
  const { batch, channels, filters, groups } = problem;
  const { output, taps } = planes(problem);
  const perGroup = channels / groups;
  const filtersPerGroup = filters / groups;
  const isVector = operands[1]?.alignment === 4 && output % 4 === 0;
  return {
    batch: groups,
    rows: filtersPerGroup,
    columns: perGroup * taps,
    depth: batch * output,
    arithmetic: floatArithmetic,
    isHalf: isHalf(operands),
    output: [filters, perGroup, taps],
    reads: [
      { source: 0, width: 1 },
      { source: 1, width: isVector ? 4 : 1 },
    ],
    left: (views) => gradientRows(problem, views[1]!, isVector),
    right: (views) => patchRows(problem, views[0]!),
    coordinates: (matrix, row, column) => [
      groups === 1 ? row : `${matrix} * ${filtersPerGroup}u + ${row}`,
      `${column} / ${taps}u`,
      `${column} % ${taps}u`,
    ],
  };
}
