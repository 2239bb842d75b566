// A device that interprets graphs in float64 and rounds each tensor that leaves it: shows the suite a correct backend
// without an engine and, with a fault put in, a wrong one.
import {
  evaluate,
  formatType,
  GraphError,
  tensorFrom,
  toReferences,
  type Device,
  type Executable,
  type Graph,
  type RefMap,
  type RefTensor,
  type State,
  type TensorMap,
} from "@fastgpu/core";

/** Changes what a run yields, to play a broken backend. */
export type Fault = (outputs: RefMap, graph: Graph) => RefMap;

/** An interpreter as a device, with a fault in its outputs and one in the state it keeps. */
export function referenceDevice(
  fault: Fault = (outputs) => outputs,
  stateFault: Fault = (state) => state,
): Device {
  const states = new WeakMap<State, { values: RefMap }>();
  return {
    info: {
      backend: "reference",
      id: "reference",
      kind: "cpu",
      name: "float64 interpreter",
      dtypes: ["f32", "f16", "i32", "i8", "u8", "bool"],
      engine: { name: "reference", version: "1" },
    },
    supports: () => true,
    createState: (initial) => {
      const cell = { values: toReferences(initial) as RefMap };
      const state: State = {
        read: async (names = Object.keys(cell.values)) => {
          // One turn later, as runs: calls take effect in the order in which they were made.
          await Promise.resolve();
          return hosts(Object.fromEntries(names.map((name) => [name, slotOf(cell.values, name)])));
        },
        write: async (values) => {
          await Promise.resolve();
          for (const [name, value] of Object.entries(values)) {
            if (formatType(slotOf(cell.values, name)) !== formatType(value)) {
              throw new GraphError(`reference: slot "${name}" must keep its type`);
            }
          }
          cell.values = { ...cell.values, ...toReferences(values) };
        },
        dispose: () => Promise.resolve(),
      };
      states.set(state, cell);
      return Promise.resolve(state);
    },
    compile: (graph, state, { freezeState = false } = {}) => {
      const cell = state === undefined ? undefined : states.get(state);
      for (const { name, node } of graph.state) {
        const slot = cell?.values[name];
        const type = graph.nodes[node]!.type;
        if (slot === undefined || formatType(slot) !== formatType(type)) {
          return Promise.reject(
            new GraphError(`reference: state "${name}" must be ${formatType(type)}`),
          );
        }
      }
      const frozen = freezeState ? cell?.values : undefined;
      return Promise.resolve(program(graph, cell, frozen, { fault, stateFault }));
    },
    counters: () => ({
      dispatches: 0,
      pipelinesCompiled: 0,
      bytesUp: 0,
      bytesDown: 0,
      liveBytes: 0,
      peakBytes: 0,
      liveTensors: 0,
    }),
    dispose: () => Promise.resolve(),
  };
}

function slotOf(values: RefMap, name: string): RefTensor {
  const value = values[name];
  if (value === undefined) throw new GraphError(`reference: slot "${name}" must exist, got none`);
  return value;
}

function program(
  graph: Graph,
  cell: { values: RefMap } | undefined,
  frozen: RefMap | undefined,
  { fault, stateFault }: { readonly fault: Fault; readonly stateFault: Fault },
): Executable {
  let isDisposed = false;
  const step = (inputs: TensorMap, fetch?: readonly string[]): TensorMap => {
    if (isDisposed) throw new GraphError("reference: program must not be disposed, got one");
    const names = graph.outputs.map(({ name }) => name);
    const unknown = fetch?.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new GraphError(`reference: fetch must name outputs, got "${unknown}"`);
    }
    const result = evaluate(graph, toReferences(inputs), frozen ?? cell?.values);
    // A tensor of a device has the precision of its dtype.
    if (cell !== undefined && frozen === undefined) {
      cell.values = { ...cell.values, ...toReferences(hosts(stateFault(result.state, graph))) };
    }
    const outputs = fault(result.outputs, graph);
    return hosts(Object.fromEntries((fetch ?? names).map((name) => [name, outputs[name]!])));
  };
  return {
    run: async (inputs, fetch) => {
      await Promise.resolve();
      return step(inputs, fetch);
    },
    sync: () => Promise.resolve(),
    dispose: () => {
      isDisposed = true;
      return Promise.resolve();
    },
  };
}

function hosts(values: Readonly<Record<string, RefTensor>>): TensorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [
      name,
      tensorFrom(dtype, shape, data),
    ]),
  );
}
