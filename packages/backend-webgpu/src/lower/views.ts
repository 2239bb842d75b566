// Nodes that are a contiguous part of another tensor's memory, so that kernels can read them in place.
import { sameShape, stridesOf } from "@fastgpu/core";
import type { Node, PrimitiveAttrs, Shape } from "./program.ts";

/** A node's elements as a run of those of `base`. */
export interface View {
  readonly base: number;
  /** First element. */
  readonly offset: number;
}

/**
 * Follows reshapes and contiguous slices down to a node that is stored.
 *
 * @param isStored - whether a node has, or will have, memory
 * @returns undefined if there is something to compute in between
 */
export function viewOf(
  nodes: readonly Node[],
  id: number,
  isStored: (id: number) => boolean,
): View | undefined {
  let [base, offset] = [id, 0];
  while (!isStored(base)) {
    const node = nodes[base]!;
    if (node.kind !== "op") return undefined;
    const [x] = node.inputs;
    if (x === undefined) return undefined;
    if (node.op === "slice") {
      const start = contiguousStart(
        nodes[x]!.type.shape,
        node.type.shape,
        node.attrs as PrimitiveAttrs<"slice">,
      );
      if (start === undefined) return undefined;
      offset += start;
    } else if (node.op !== "reshape" && !isSameOrder(node, nodes[x]!)) {
      return undefined;
    }
    base = x;
  }
  return { base, offset };
}

/** A broadcast that only adds axes of size 1, or a transpose that only moves them. */
function isSameOrder(node: Extract<Node, { kind: "op" }>, x: Node): boolean {
  if (node.op === "broadcastTo")
    return sameShape(withoutUnits(node.type.shape), withoutUnits(x.type.shape));
  if (node.op !== "transpose") return false;
  const { permutation } = node.attrs as PrimitiveAttrs<"transpose">;
  const moved = permutation.filter((axis) => x.type.shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

function withoutUnits(shape: Shape): Shape {
  return shape.filter((size) => size !== 1);
}

/** Flat index of the first element of a slice whose elements lie next to each other. */
function contiguousStart(
  from: Shape,
  to: Shape,
  { starts, strides }: PrimitiveAttrs<"slice">,
): number | undefined {
  const partial = from.map((size, axis) => size !== to[axis]);
  const last = partial.lastIndexOf(true);
  const isContiguous = to.every(
    (size, axis) => size === 1 || (strides[axis] === 1 && axis >= last) || axis > last,
  );
  if (!isContiguous) return undefined;
  const steps = stridesOf(from);
  return starts.reduce((sum, start, axis) => sum + start * steps[axis]!, 0);
}
