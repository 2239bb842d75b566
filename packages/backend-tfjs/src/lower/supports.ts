// Whether a graph can be lowered, without lowering it.
import { isComposite, isOpNode, isPrimitive, type DType, type Graph } from "@fastgpu/core";

/** Why a graph cannot run; undefined if it can. */
export function whyUnsupported(graph: Graph, dtypes: readonly DType[]): string | undefined {
  for (const node of graph.nodes) {
    if (isOpNode(node) && !isPrimitive(node.op) && !isComposite(node.op)) {
      return `op ${String((node as { op: unknown }).op)} is unknown`;
    }
    if (!dtypes.includes(node.type.dtype)) {
      const { dtype } = node.type;
      const instead = dtype === "f16" ? "; precision f16-storage-emulated rounds as f16 would" : "";
      return `dtypes must be of those TensorFlow.js computes in (${dtypes.join(", ")}), got ${dtype} in ${node.op}${instead}`;
    }
  }
  return undefined;
}
