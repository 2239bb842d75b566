// Deterministic tensors for tests of programs: irregular numbers, so that errors of symmetry and order do not cancel.
import { isFloat } from "../graph/dtype.ts";
import type { Graph, GraphNode, Port } from "../graph/graph.ts";
import { sizeOf } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import type { RefTensor } from "../ops/op.ts";
import { uniform } from "../random/threefry.ts";
import type { RefMap } from "./evaluate.ts";

/** Range [low, high) of sampled numbers; integers are rounded down. */
export interface SampleRange {
  readonly low: number;
  readonly high: number;
}

/** A tensor of numbers from the range, -2 to 2 by default; the same for the same seed. Bools are fair coins. */
export function sampleTensor(
  type: TensorType,
  seed: number,
  { low, high }: SampleRange = { low: -2, high: 2 },
): RefTensor {
  const { dtype, shape } = type;
  const data = uniform([seed, 0x5a3d], sizeOf(shape)).map((u) => {
    if (dtype === "bool") return u < 0.5 ? 0 : 1;
    const value = low + (high - low) * u;
    // Half steps of f16 keep a sampled f16 tensor exact in its dtype; f32 has room for the product above.
    if (dtype === "f16") return Math.round(value * 64) / 64;
    return isFloat(dtype) ? Math.fround(value) : Math.floor(value);
  });
  return { dtype, shape, data };
}

/** A tensor for every input of a graph, each of its own seed. Ranges by name, else that of `sampleTensor`. */
export function sampleInputs(
  graph: Graph,
  seed: number,
  ranges: Readonly<Record<string, SampleRange>> = {},
): RefMap {
  return samplePorts(graph, graph.inputs, seed, ranges);
}

/** A tensor for every state slot of a graph. */
export function sampleState(
  graph: Graph,
  seed: number,
  ranges: Readonly<Record<string, SampleRange>> = {},
): RefMap {
  return samplePorts(graph, graph.state, seed + 0x1000, ranges);
}

function samplePorts(
  graph: Graph,
  ports: readonly Port[],
  seed: number,
  ranges: Readonly<Record<string, SampleRange>>,
): RefMap {
  const typeOf = ({ node }: Port): TensorType => (graph.nodes[node] as GraphNode).type;
  return Object.fromEntries(
    ports.map((port, i) => [
      port.name,
      sampleTensor(typeOf(port), seed * 64 + i, ranges[port.name]),
    ]),
  );
}
