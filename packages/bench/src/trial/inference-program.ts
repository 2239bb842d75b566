// The program behind an inference trial, and the reference for its first rows. Pure: no device, no clock.
import {
  applyPrecision,
  castState,
  evaluate,
  initialState,
  ModelError,
  precisionPolicies,
  predictStep,
  quantizeWeights,
  simplify,
  toReferences,
  type Graph,
  type Precision,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import type { Workload } from "../suite/suite.ts";
import { cycleRows, firstRows, fitRows, inventRows } from "./model-inputs.ts";
import { prepareOp } from "./op-program.ts";
import type { TrialScope } from "./trial.ts";

/** A workload of predictions. */
export type InferenceWorkload = Workload & { readonly kind: "inference" };

/** A program with everything it reads. */
export interface Prepared {
  readonly graph: Graph;
  readonly state: TensorMap;
  readonly inputs: TensorMap;
  /** What the first rows of the outputs must be; absent if that would take too long to work out. */
  readonly reference?: { readonly words: string; readonly evaluate: () => RefMap };
}

/** Rows that are compared with the reference. */
const checkedRows = 4;
/** Builds the program of a trial. @throws {SuiteError} if the data does not suit the model */
export function prepareInference(scope: TrialScope<InferenceWorkload>): Prepared {
  const { op, model } = scope.workload;
  return op === undefined ? prepareModel(scope, model ?? "") : prepareOp(scope, op);
}

/** The data that a workload gives to its model, checked, or undefined if the model's inputs are made up. */
export function inferenceRows({
  workload,
  suite,
  data,
}: Pick<TrialScope<InferenceWorkload>, "workload" | "suite" | "data">): TensorMap | undefined {
  const rows = data?.validation ?? data?.train;
  const spec = suite.models[workload.model ?? ""]?.spec;
  if (rows === undefined || spec === undefined) return undefined;
  const where = `${workload.where}: data "${workload.data ?? ""}"`;
  return fitRows(rows, predictStep(spec, { batch: 1 }), where);
}

function prepareModel(scope: TrialScope<InferenceWorkload>, name: string): Prepared {
  const { suite, trial, precision, workload, references } = scope;
  const { batchSize, seed } = trial.config;
  const spec = suite.models[name]?.spec;
  if (spec === undefined)
    throw new ModelError(`${workload.where}: model must be there, got "${name}"`);
  const plain = predictStep(spec, { batch: batchSize });
  const rows = inferenceRows(scope);
  const inputs =
    rows === undefined ? inventRows(plain, spec, batchSize, seed) : cycleRows(rows, batchSize);
  const values = trial.weights ?? initialState(spec, seed);
  const graph = simplify(applyPrecision(plain, precisionPolicies[precision]));
  const count = Math.min(checkedRows, batchSize);
  const small = predictStep(spec, { batch: count });
  // Made-up rows differ from batch to batch; those of a data set do not.
  const start = trial.weights === undefined ? "initial" : "trained";
  const key = `${workload.where} ${seed} ${count} ${rows === undefined ? batchSize : "data"} ${start}`;
  return {
    graph,
    state: stateIn(graph, precision, values),
    inputs,
    reference: {
      words: `float64 reference of the first ${count} rows`,
      evaluate: () =>
        cached(references, key, () => {
          const given = toReferences(firstRows(inputs, count));
          return evaluate(small, given, toReferences(values)).outputs;
        }),
    },
  };
}

/** State as the program in this precision stores it. */
export function stateIn(graph: Graph, precision: Precision, values: TensorMap): TensorMap {
  const stored = precision === "int8" ? quantizeWeights(graph, values) : castState(graph, values);
  return Object.fromEntries(
    graph.state.flatMap(({ name }) => {
      const value = stored[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** A reference that trials of one run share. */
export function cached(references: Map<string, unknown>, key: string, make: () => RefMap): RefMap {
  const known = references.get(key) as RefMap | undefined;
  const value = known ?? make();
  references.set(key, value);
  return value;
}
