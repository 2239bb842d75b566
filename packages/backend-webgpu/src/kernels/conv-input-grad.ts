// Gradient of a convolution with respect to its input as a matrix product: channels x (filters, taps) times (filters, taps) x
// (samples, input positions).
import { floatArithmetic } from "./arithmetic.ts";
import { filterColumns, gradientColumns } from "./conv-factors.ts";
import { planes, type ConvProblem } from "./conv-problem.ts";
import type { KernelFamily, Operand } from "./kernel.ts";
import { defaultProductTile, productKernel, productTiles } from "./product-kernel.ts";
import { isHalf, type Product } from "./product.ts";

/** dy, w -> dx. Coordinates of the result: [sample, channel, position]. */
export const convInputGrad: KernelFamily<ConvProblem> = {
  name: "convInputGrad",
  defaultTile: (problem, operands, traits, share) =>
    defaultProductTile(productOf(problem, operands), traits, share),
  tiles: (problem, operands, traits) => productTiles(productOf(problem, operands), traits),
  build: (problem, operands, traits, tile) =>
    productKernel(productOf(problem, operands), traits, tile),
};

function productOf(problem: ConvProblem, operands: readonly Operand[]): Product {
  const { batch, channels, filters, groups } = problem;
  const { input, taps } = planes(problem);
  const perGroup = channels / groups;
  return {
    batch: groups,
    rows: perGroup,
    columns: batch * input,
    depth: (filters / groups) * taps,
    arithmetic: floatArithmetic,
    isHalf: isHalf(operands),
    output: [batch, channels, input],
    reads: [
      { source: 0, width: 1 },
      { source: 1, width: 1 },
    ],
    left: (views) => filterColumns(problem, views[1]!),
    right: (views) => gradientColumns(problem, views[0]!),
    coordinates: (matrix, row, column) => [
      `${column} / ${input}u`,
      groups === 1 ? row : `${matrix} * ${perGroup}u + ${row}`,
      `${column} % ${input}u`,
    ],
  };
}
