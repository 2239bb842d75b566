// Whether a graph can be lowered, without lowering it.
import {
  FastGpuError,
  isComposite,
  isOpNode,
  isPrimitive,
  typeBytes,
  type Graph,
} from "@fastgpu/core";
import { inlineForOnnx } from "./lower-graph.ts";

/** Largest protobuf message; constants are part of the model. */
const MODEL_LIMIT_BYTES = 2 ** 31 - 1;

/** Why a graph cannot run; undefined if it can. */
export function whyUnsupported(graph: Graph): string | undefined {
  for (const node of graph.nodes) {
    if (isOpNode(node) && !isPrimitive(node.op) && !isComposite(node.op)) {
      return `op ${String((node as { op: unknown }).op)} is unknown`;
    }
  }
  const constants = graph.nodes.filter((node) => node.op === "constant");
  const bytes = constants.reduce((sum, node) => sum + typeBytes(node.type), 0);
  if (bytes > MODEL_LIMIT_BYTES) {
    return `constants must fit a model of ${MODEL_LIMIT_BYTES} bytes, got ${bytes}; make them state`;
  }
  try {
    inlineForOnnx(graph);
  } catch (error) {
    if (error instanceof FastGpuError) return error.message;
    throw error;
  }
  return undefined;
}
