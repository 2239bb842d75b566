// Programs from programs: state or inputs fixed to values, outputs left out.
import { GraphError } from "../errors.ts";
import { isOpNode, type Graph } from "../graph/graph.ts";
import { formatType, type HostTensor, type TensorMap, type TensorType } from "../graph/tensor.ts";
import { usedNodes } from "./dead-code.ts";
import { copyNodes, copyPorts, rewrite } from "./rewrite.ts";

/**
 * Turns state slots into constants, so that an engine can prepack weights.
 *
 * @param values - a tensor for each slot to freeze; slots not named stay state
 * @throws {GraphError} if a name is no slot, a value has another type, or the graph changes the slot
 */
export function freeze(graph: Graph, values: TensorMap): Graph {
  for (const [name, value] of Object.entries(values)) {
    const slot = graph.state.find((candidate) => candidate.name === name);
    checkValue(graph, `state "${name}"`, slot?.node, value);
    if (slot?.next !== undefined && slot.next !== slot.node) {
      throw new GraphError(
        `graph ${graph.name}: state "${name}" must not change to be frozen, got a next value; freeze an inference graph`,
      );
    }
  }
  return fix(graph, "state", values);
}

/**
 * Turns one input into a constant.
 *
 * @throws {GraphError} if there is no such input or the value has another type
 */
export function bindInput(graph: Graph, name: string, value: HostTensor): Graph {
  const port = graph.inputs.find((candidate) => candidate.name === name);
  checkValue(graph, `input "${name}"`, port?.node, value);
  return fix(graph, "input", { [name]: value });
}

/**
 * Keeps the named outputs and the next states, and drops everything that only the other outputs needed, inputs and
 * state slots included.
 *
 * @throws {GraphError} if a name is no output
 */
export function pruneOutputs(graph: Graph, names: readonly string[]): Graph {
  for (const name of names) {
    if (graph.outputs.some((port) => port.name === name)) continue;
    const known = graph.outputs.map((port) => port.name).join(", ");
    throw new GraphError(`graph ${graph.name}: outputs are ${known}, got "${name}"`);
  }
  const outputs = graph.outputs.filter((port) => names.includes(port.name));
  const changing = graph.state.filter((slot) => slot.next !== undefined);
  const used = usedNodes({ ...graph, outputs });
  for (const slot of changing) used.add(slot.node);
  return rewrite({ ...graph, outputs, state: changing }, { keep: (node) => used.has(node.id) });
}

function fix(graph: Graph, kind: "input" | "state", values: TensorMap): Graph {
  const copy = copyNodes(graph, {
    leaf: (node, builder) => {
      const value = node.op === kind ? values[node.attrs.name] : undefined;
      return value === undefined ? undefined : builder.constant(value);
    },
  });
  const state =
    kind === "state" ? graph.state.filter(({ name }) => !(name in values)) : graph.state;
  copyPorts({ ...graph, state }, copy);
  return copy.builder.build();
}

function checkValue(graph: Graph, what: string, id: number | undefined, value: TensorType): void {
  const node = id === undefined ? undefined : graph.nodes[id];
  if (node === undefined || isOpNode(node) || formatType(node.type) !== formatType(value)) {
    const expected = node === undefined ? "exist" : `be ${formatType(node.type)}`;
    throw new GraphError(`graph ${graph.name}: ${what} must ${expected}, got ${formatType(value)}`);
  }
}
