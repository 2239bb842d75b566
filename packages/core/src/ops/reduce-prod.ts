// Product over axes.
import { mul, pad, reshape, reverse, slice, transpose } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { Primitive } from "./op.ts";
import { keptShape, normalizeAxes, reduction, type ReduceAttrs } from "./reduce.ts";

/** Product over `axes`; 1 for an empty axis. Integers wrap. The gradient is exact at zeros, too. */
export const reduceProd: Primitive<ReduceAttrs> = reduction({
  name: "reduceProd",
  initial: () => 1,
  step: (product, value) => product * value,
  stepInteger: Math.imul,
  vjp: ({ inputs: [x], grad, attrs: { axes } }) => [
    mul(reshape(grad, keptShape(x!.shape, axes)), productOfOthers(x!, axes)),
  ],
});

/**
 * For each element the product of the others along `axes`: the product of those before it times that of those after
 * it. Dividing the whole product by the element would fail at zeros, and its derivative even where one is masked.
 */
function productOfOthers(x: Value, axes: readonly number[]): Value {
  const rank = x.shape.length;
  const reduced = normalizeAxes("reduceProd", axes, rank);
  const others = x.shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis));
  const order = [...others, ...reduced];
  const moved = transpose(x, order);
  const count = sizeOf(reduced.map((axis) => x.shape[axis]!));
  const rows = reshape(moved, [sizeOf(others.map((axis) => x.shape[axis]!)), count]);
  const before = productBefore(rows);
  const after = reverse(productBefore(reverse(rows, [1])), [1]);
  const products = reshape(mul(before, after), moved.shape);
  return transpose(
    products,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

/** rows [r, n] -> products of the elements before each, by doubling (Hillis and Steele, 1986) in log2 n steps. */
function productBefore(rows: Value): Value {
  const count = rows.shape[1]!;
  let products = shift(rows, Math.min(1, count));
  for (let distance = 1; distance < count; distance *= 2) {
    products = mul(products, shift(products, distance));
  }
  return products;
}

/** Moves columns to the right by `distance`, ones flowing in. */
function shift(rows: Value, distance: number): Value {
  const [height, count] = [rows.shape[0]!, rows.shape[1]!];
  return pad(slice(rows, [0, 0], [height, count - distance]), [0, distance], [0, 0], 1);
}
