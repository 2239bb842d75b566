// A product with one lane for each result. No reuse of what was loaded, but no waste either: for products with next to no rows
// or columns, such as depthwise convolutions.
import type { Stage, Wgsl } from "./kernel.ts";
import { finishElement, partsShape, type Product, type Split } from "./product.ts";

const lanes = 64;

/** The stage that computes every part of a product. */
export function plainStage(product: Product, split: Split): Stage {
  const { batch, rows, columns, depth, arithmetic } = product;
  const elements = split.count * batch * rows * columns;
  const at = { part: "part", matrix: "matrix", row: "row", column: "column" };
  return {
    label: "plain",
    reads: product.reads,
    ...(split.count > 1 ? { scratch: partsShape(product, split) } : {}),
    workgroupSize: lanes,
    workgroups: Math.ceil(elements / lanes),
    emit: (io) => {
      const [left, right] = [product.left(io.reads), product.right(io.reads)];
      const end: Wgsl =
        split.count === 1 ? `${depth}u` : `min(${depth}u, first_depth + ${split.size}u)`;
      return {
        declarations: "",
        body: `
  let element = group * ${lanes}u + lane;
  if (element < ${elements}u) {
    let column = element % ${columns}u;
    let row = element / ${columns}u % ${rows}u;
    let matrix = element / ${rows * columns}u % ${batch}u;
    let part = element / ${rows * columns * batch}u;
    let first_depth = part * ${split.size}u;
    let end = ${end};
    ${left.bindOuter("left", "matrix", "row")}
    ${right.bindOuter("right", "matrix", "column")}
    var sum = ${arithmetic.sum}(0);
    for (var k = first_depth; k < end; k++) {
      ${left.bindDepth("left_depth", "k")}
      ${right.bindDepth("right_depth", "k")}
      sum = ${arithmetic.addOne("sum", left.load("left", "left_depth"), right.load("right", "right_depth"))};
    }
    ${finishElement(product, split, io, at, "sum")}
  }`,
      };
    },
  };
}
