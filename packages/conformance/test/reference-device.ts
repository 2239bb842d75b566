// A device that interprets graphs in float64 and rounds each tensor that leaves it: shows the suite a correct backend
// without an engine and, with a fault put in, a wrong one.
import {
  evaluate,
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

/** An interpreter as a device. */
export function referenceDevice(fault: Fault = (outputs) => outputs): Device {
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
        read: (names = Object.keys(cell.values)) =>
          Promise.resolve(
            hosts(Object.fromEntries(names.map((name) => [name, cell.values[name]!]))),
          ),
        write: (values) => {
          cell.values = { ...cell.values, ...toReferences(values) };
          return Promise.resolve();
        },
        dispose: () => Promise.resolve(),
      };
      states.set(state, cell);
      return Promise.resolve(state);
    },
    compile: (graph, state, { freezeState = false } = {}) => {
      const cell = state === undefined ? undefined : states.get(state);
      if (graph.state.length > 0 && cell === undefined) {
        return Promise.reject(new GraphError("reference: state must be given, got none"));
      }
      const frozen = freezeState ? cell?.values : undefined;
      return Promise.resolve(program(graph, cell, frozen, fault));
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

function program(
  graph: Graph,
  cell: { values: RefMap } | undefined,
  frozen: RefMap | undefined,
  fault: Fault,
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
      cell.values = { ...cell.values, ...toReferences(hosts(result.state)) };
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
