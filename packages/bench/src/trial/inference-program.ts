// The program behind an inference trial, and the reference for its first rows. Pure: no device, no clock.
import {
  applyPrecision,
  castState,
  evaluate,
  graphCost,
  initialState,
  ModelError,
  precisionPolicies,
  predictStep,
  quantizeWeights,
  simplify,
  toReferences,
  type Graph,
  type HostTensor,
  type Precision,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import { opGraph } from "../suite/check-sense.ts";
import type { OpFile } from "../suite/suite-file.ts";
import type { Workload } from "../suite/suite.ts";
import { cycleRows, firstRows, fitRows, inventRows } from "./model-inputs.ts";
import { randomTensor } from "./random-tensor.ts";
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
/** The reference takes some 20 ns an operation; beyond this a check would take longer than the measurement. */
const maxReferenceFlops = 1e8;
/** Operations whose first operand and result have their rows in common. */
const rowwiseOps: readonly string[] = ["matmul", "conv"];

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
  const values = initialState(spec, seed);
  const graph = simplify(applyPrecision(plain, precisionPolicies[precision]));
  const count = Math.min(checkedRows, batchSize);
  const small = predictStep(spec, { batch: count });
  // Made-up rows differ from batch to batch; those of a data set do not.
  const key = `${workload.where} ${seed} ${count} ${rows === undefined ? batchSize : "data"}`;
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

function prepareOp(scope: TrialScope<InferenceWorkload>, op: OpFile): Prepared {
  const { precision, trial, workload, references } = scope;
  const { seed } = trial.config;
  const plain = opGraph(op);
  const tensors = op.inputs.map(({ dtype = "f32", shape, isConstant = false }, i) => {
    return { name: `x${i}`, isConstant, value: randomTensor({ dtype, shape }, seed + i) };
  });
  const pick = (isConstant: boolean): Record<string, HostTensor> =>
    Object.fromEntries(
      tensors
        .filter((one) => one.isConstant === isConstant)
        .map(({ name, value }) => [name, value]),
    );
  const [inputs, values] = [pick(false), pick(true)];
  const graph = simplify(applyPrecision(plain, precisionPolicies[precision]));
  const prepared = { graph, state: stateIn(graph, precision, values), inputs };
  const checked = checkableOp(op, plain);
  if (checked === undefined) return prepared;
  const [x0] = op.inputs;
  const cut =
    checked.rows === undefined || x0 === undefined
      ? {}
      : firstRows(pick(x0.isConstant === true), checked.rows);
  const given = (all: TensorMap): TensorMap =>
    "x0" in all && cut["x0"] !== undefined ? { ...all, x0: cut["x0"] } : all;
  return {
    ...prepared,
    reference: {
      words:
        checked.rows === undefined
          ? "float64 reference"
          : `float64 reference of the first ${checked.rows} rows`,
      evaluate: () =>
        cached(
          references,
          `${workload.where} ${seed}`,
          () =>
            evaluate(checked.graph, toReferences(given(inputs)), toReferences(given(values)))
              .outputs,
        ),
    },
  };
}

/** The operation itself if the reference is quick enough, else on its first rows if that means something. */
function checkableOp(
  op: OpFile,
  graph: Graph,
): { readonly graph: Graph; readonly rows?: number } | undefined {
  if (graphCost(graph).flops <= maxReferenceFlops) return { graph };
  const [x0, ...others] = op.inputs;
  if (x0 === undefined || !rowwiseOps.includes(op.name) || op.attributes?.["transposeA"] === true) {
    return undefined;
  }
  const rows = Math.min(checkedRows, x0.shape[0] ?? 0);
  const inputs = [{ ...x0, shape: [rows, ...x0.shape.slice(1)] }, ...others];
  const small = opGraph({ ...op, inputs });
  return graphCost(small).flops <= maxReferenceFlops ? { graph: small, rows } : undefined;
}

/** State as the program in this precision stores it. */
function stateIn(graph: Graph, precision: Precision, values: TensorMap): TensorMap {
  const stored = precision === "int8" ? quantizeWeights(graph, values) : castState(graph, values);
  return Object.fromEntries(
    graph.state.flatMap(({ name }) => {
      const value = stored[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function cached(references: Map<string, unknown>, key: string, make: () => RefMap): RefMap {
  const known = references.get(key) as RefMap | undefined;
  const value = known ?? make();
  references.set(key, value);
  return value;
}
