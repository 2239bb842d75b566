// The index space of a group of nodes that one kernel computes, and where in it each node's element is.
import { sizeOf } from "@fastgpu/core";
import { variable, type Affine } from "./affine.ts";
import { Position } from "./position.ts";
import type { Shape } from "./program.ts";

/** What the invocations of a kernel walk over. */
export type Space =
  /** Elements one by one; variable `element`. */
  | { readonly kind: "flat"; readonly elements: number }
  /** Rows of elements that are reduced; variables `row` and `column`. */
  | {
      readonly kind: "rows";
      readonly shape: Shape;
      /** Reduced axes, ascending. */
      readonly axes: readonly number[];
      readonly rows: number;
      readonly columns: number;
    }
  /** Elements that a kernel family ends one by one; variables `c0`, `c1`, ... */
  | { readonly kind: "result"; readonly sizes: Shape };

/** Whether a node has an element per element or per row of a space. */
export type Level = "element" | "row";

/** The space of a reduction. */
export function rowsSpace(
  shape: Shape,
  axes: readonly number[],
): Space & { readonly kind: "rows" } {
  const reduced = [...axes].sort((a, b) => a - b);
  const columns = sizeOf(reduced.map((axis) => shape[axis]!));
  return { kind: "rows", shape, axes: reduced, columns, rows: sizeOf(shape) / columns };
}

/** True if both walk over the same rows and columns. */
export function sameRows(a: Space, b: Space): boolean {
  return (
    a.kind === "rows" &&
    b.kind === "rows" &&
    a.shape.join() === b.shape.join() &&
    a.axes.join() === b.axes.join()
  );
}

/** The level at which a node of this shape can be computed in the space; undefined if at none. */
export function levelIn(space: Space, shape: Shape): Level | undefined {
  const size = sizeOf(shape);
  if (space.kind === "flat") return size === space.elements ? "element" : undefined;
  if (space.kind === "result") return size === sizeOf(space.sizes) ? "element" : undefined;
  if (size === space.rows * space.columns && space.columns > 1) return "element";
  return size === space.rows ? "row" : undefined;
}

/** Position of a node's element for the variables of the space. */
export function canonicalPosition(space: Space, shape: Shape, level: Level): Position {
  switch (space.kind) {
    case "flat":
      return Position.flat(shape, variable("element", space.elements));
    case "result":
      return resultPosition(space.sizes).reshaped(shape);
    case "rows":
      return level === "row"
        ? Position.flat(shape, variable("row", space.rows))
        : elementPosition(space, shape);
  }
}

function resultPosition(sizes: Shape): Position {
  return Position.at(
    sizes,
    sizes.map((size, axis) => variable(`c${axis}`, size)),
  );
}

function elementPosition(space: Space & { readonly kind: "rows" }, shape: Shape): Position {
  const isReduced = (axis: number): boolean => space.axes.includes(axis);
  const kept = space.shape.map((_, axis) => axis).filter((axis) => !isReduced(axis));
  const sizesOf = (axes: readonly number[]): number[] => axes.map((axis) => space.shape[axis]!);
  const row = Position.flat(sizesOf(kept), variable("row", space.rows));
  const column = Position.flat(sizesOf(space.axes), variable("column", space.columns));
  const indices = space.shape.map((_, axis): Affine =>
    isReduced(axis) ? column.axis(space.axes.indexOf(axis)) : row.axis(kept.indexOf(axis)),
  );
  const position = Position.at(space.shape, indices);
  return shape.join() === space.shape.join() ? position : position.reshaped(shape);
}
