// Several steps of a program in one run: state goes from step to step without leaving the engine.
import { GraphError } from "../errors.ts";
import { concat, reshape, slice } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, InputNode, Port } from "../graph/graph.ts";
import type { TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { countedValues } from "./counted.ts";
import { copyNodes, type Copy, type CopyRules } from "./rewrite.ts";

/** What stays the same in every step. */
export interface UnrollOptions {
  /** Inputs that all steps share and that get no leading axis, such as a whole data set that steps take rows from. */
  readonly sharedInputs?: readonly string[];
}

/**
 * A program that runs `steps` steps: each input [...] becomes [steps, ...], of which step i takes element i; each output
 * [...] becomes [steps, ...] likewise; each state slot enters step i + 1 as step i leaves it.
 *
 * @param steps - integer >= 1; 1 too adds the leading axis
 * @throws {GraphError} for another number of steps or a shared input that does not exist
 */
export function unroll(
  graph: Graph,
  steps: number,
  { sharedInputs = [] }: UnrollOptions = {},
): Graph {
  checkOptions(graph, steps, sharedInputs);
  const builder = new GraphBuilder(graph.name);
  const stacks = new Map<string, Value>();
  for (const node of graph.nodes) {
    if (node.op === "input")
      stacks.set(node.attrs.name, stackedInput(builder, node, steps, sharedInputs));
  }
  const counted = countedValues(graph, steps, builder);
  const constants = new Map<number, Value>();
  let state = new Map<string, Value>();
  const outputs = new Map<string, Value[]>(graph.outputs.map(({ name }) => [name, []]));
  for (let step = 0; step < steps; step++) {
    const entering = state;
    const leaf: CopyRules["leaf"] = (node) => {
      if (node.op === "state") return entering.get(node.attrs.name);
      if (node.op === "constant") {
        const value = constants.get(node.id) ?? builder.constant(node.value);
        constants.set(node.id, value);
        return value;
      }
      const stack = stacks.get(node.attrs.name);
      if (stack === undefined || sharedInputs.includes(node.attrs.name)) return stack;
      return elementOf(stack, step, node.type);
    };
    const op: CopyRules["op"] = ({ node }) => {
      const all = counted.get(node.id);
      return all === undefined ? undefined : elementOf(all, step, node.type);
    };
    const copy = copyNodes(graph, { leaf, op }, builder);
    state = leavingState(graph, copy);
    for (const port of graph.outputs) outputs.get(port.name)?.push(copy.at(port.node));
  }
  finish(graph, builder, outputs, state);
  return builder.build();
}

function checkOptions(graph: Graph, steps: number, sharedInputs: readonly string[]): void {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new GraphError(`unroll: steps must be an integer >= 1, got ${steps}`);
  }
  for (const name of sharedInputs) {
    if (!graph.inputs.some((port: Port) => port.name === name)) {
      throw new GraphError(`unroll: shared inputs must be inputs of ${graph.name}, got "${name}"`);
    }
  }
}

function stackedInput(
  builder: GraphBuilder,
  { attrs: { name }, type }: InputNode,
  steps: number,
  sharedInputs: readonly string[],
): Value {
  const shape = sharedInputs.includes(name) ? type.shape : [steps, ...type.shape];
  return builder.input(name, type.dtype, shape);
}

/** stack [steps, ...] -> its element [...]. */
function elementOf(stack: Value, step: number, { shape }: TensorType): Value {
  const starts = [step, ...shape.map(() => 0)];
  return reshape(slice(stack, starts, [step + 1, ...shape]), shape);
}

function leavingState(graph: Graph, copy: Copy): Map<string, Value> {
  return new Map(graph.state.map(({ name, node, next }) => [name, copy.at(next ?? node)]));
}

function finish(
  graph: Graph,
  builder: GraphBuilder,
  outputs: ReadonlyMap<string, readonly Value[]>,
  state: ReadonlyMap<string, Value>,
): void {
  for (const [name, values] of outputs) {
    const rows = values.map((value) => reshape(value, [1, ...value.shape]));
    builder.output(name, concat(rows, 0));
  }
  for (const { name, next } of graph.state) {
    const value = state.get(name);
    if (next !== undefined && value !== undefined) builder.setNext(name, value);
  }
}
