// A matrix product as the fast kernels take it: sizes, and two factors that say how one of their elements is read. A
// convolution is the same thing with other factors (implicit GEMM), so a method is written once for all of them.
import type { Arithmetic } from "./arithmetic.ts";
import type { Operand, Read, Stage, StageIo, TensorView, Wgsl } from "./kernel.ts";

/**
 * One factor: [outer, depth], where `outer` counts the rows of the left or the columns of the right factor, and products are
 * summed along `depth`. Statements bind what loads need of an index to names that start with a given prefix, so that a
 * method can share them between loads.
 */
export interface Factor {
  /** Along which index four neighbours, the first a multiple of 4, are one load; `none` if loads are of one. */
  readonly vector: "outer" | "depth" | "none";
  /** Along which index neighbours lie together in memory, or nearly so. */
  readonly order: "outer" | "depth";
  /** Statements for an outer index (u32) of a matrix of the batch. Indices past the end may bind anything. */
  bindOuter(prefix: Wgsl, matrix: Wgsl, index: Wgsl): Wgsl;
  /** Statements for a depth index (u32). Indices past the end may bind anything. */
  bindDepth(prefix: Wgsl, index: Wgsl): Wgsl;
  /** The element as {@link Arithmetic.element}; anything finite or not for indices past the end. */
  load(outer: Wgsl, depth: Wgsl): Wgsl;
  /** Four elements from there on along `vector`. */
  load4(outer: Wgsl, depth: Wgsl): Wgsl;
}

/** [batch, rows, depth] x [batch, depth, columns] -> [batch, rows, columns]. */
export interface Product {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly arithmetic: Arithmetic;
  /** Whether both factors are f16, so that matrix units can multiply them. */
  readonly isHalf: boolean;
  readonly output: readonly number[];
  readonly reads: readonly Read[];
  /** The same product with its depth in words of four bytes, where both factors are bytes. */
  readonly packed?: Product;
  left(views: readonly TensorView[]): Factor;
  right(views: readonly TensorView[]): Factor;
  /** The coordinates along `output` of an element. */
  coordinates(matrix: Wgsl, row: Wgsl, column: Wgsl): readonly Wgsl[];
}

/** Whether both operands are f16. */
export function isHalf(operands: readonly Operand[]): boolean {
  return operands.slice(0, 2).every(({ dtype }) => dtype === "f16");
}

/** The product of the transposed factors, whose result is transposed: rows become columns. */
export function transposed(product: Product): Product {
  return {
    ...product,
    arithmetic: product.arithmetic.transposed(),
    rows: product.columns,
    columns: product.rows,
    left: (views) => product.right(views),
    right: (views) => product.left(views),
    coordinates: (matrix, row, column) => product.coordinates(matrix, column, row),
  };
}

/** Parts of a product's depth that are summed apart: each of `size` indices, the last one shorter. */
export interface Split {
  readonly count: number;
  readonly size: number;
}

/** At most `count` parts of a depth, each a multiple of `block`. */
export function splitDepth(depth: number, count: number, block: number): Split {
  const size = Math.ceil(depth / count / block) * block;
  return { count: Math.ceil(depth / size), size };
}

/** Shape of what the parts of a product leave for {@link sumOfParts}. */
export function partsShape({ batch, rows, columns }: Product, split: Split): readonly number[] {
  return [split.count, batch, rows, columns];
}

/** Where an element of one part, or of the product if it has one part, goes. */
export function finishElement(
  product: Product,
  split: Split,
  io: StageIo,
  at: { part: Wgsl; matrix: Wgsl; row: Wgsl; column: Wgsl },
  value: Wgsl,
): Wgsl {
  const coordinates =
    split.count === 1
      ? product.coordinates(at.matrix, at.row, at.column)
      : [at.part, at.matrix, at.row, at.column];
  return io.finish(coordinates, value);
}

const lanes = 64;

/** The stage that adds up the parts of a product, in their order, so that the result does not depend on timing. */
export function sumOfParts(product: Product, split: Split): Stage {
  const { batch, rows, columns } = product;
  const elements = batch * rows * columns;
  return {
    label: `sum of ${String(split.count)}`,
    reads: [{ source: "scratch", width: 1 }],
    workgroupSize: lanes,
    workgroups: Math.ceil(elements / lanes),
    emit: ({ reads: [parts], finish }) => ({
      declarations: "",
      body: `
  let element = group * ${lanes}u + lane;
  if (element < ${elements}u) {
    var sum = ${product.arithmetic.sum}(0);
    for (var part = 0u; part < ${split.count}u; part++) {
      sum += ${parts!.load(`part * ${elements}u + element`)};
    }
    let matrix = element / ${rows * columns}u;
    let row = element / ${columns}u % ${rows}u;
    let column = element % ${columns}u;
    ${finish(product.coordinates("matrix", "row", "column"), "sum")}
  }`,
    }),
  };
}
