// How much of a program's work is one kernel's: what its compilation may cost depends on it.
import { definitionOf } from "@fastgpu/core";
import { classOf, type OpNode, type Program } from "./program.ts";

/** Operations of a product or convolution, a multiply-add counted as two; 0 for other nodes. */
function operationsOf({ nodes }: Program, { op, inputs, attrs, type }: OpNode): number {
  if (classOf(op) !== "contraction") return 0;
  const definition = definitionOf(op);
  if (!("flops" in definition)) return 0;
  const types = inputs.map((id) => nodes[id]!.type);
  return definition.flops(types, attrs, type);
}

/** The share of a program's products and convolutions that each node computes, in [0, 1]; 0 for other nodes. */
export function workShares(program: Program): (node: OpNode) => number {
  const own = new Map<OpNode, number>();
  for (const node of program.nodes) {
    if (node.kind === "op") own.set(node, operationsOf(program, node));
  }
  const total = [...own.values()].reduce((sum, operations) => sum + operations, 0);
  return (node) => (total === 0 ? 0 : (own.get(node) ?? 0) / total);
}
