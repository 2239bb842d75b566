// The programs behind a training trial, and the losses that the reference gets for the same steps. Pure.
import {
  evaluate,
  lossScaleSlots,
  ModelError,
  tensorFrom,
  toReferences,
  type Graph,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import { planPrograms, type TrainingPrograms, type TrainingRequest } from "@fastgpu/runtime";
import type { Workload } from "../suite/suite.ts";
import { firstRows, fitRows, inventRows } from "./model-inputs.ts";
import type { TrialScope } from "./trial.ts";

/** A workload that trains. */
export type TrainingWorkload = Workload & { readonly kind: "train-step" | "train-to-accuracy" };

/** Made-up rows where the suite names no data: enough that batches differ. */
const inventedBatches = 8;

/** Steps that are compared with the reference at least, so that updates show in the losses after them. */
export const minCheckedSteps = 4;

/** What a training trial asks of the runtime. @throws {SuiteError} if the data does not suit the model */
export function trainingRequest(
  scope: Pick<TrialScope<TrainingWorkload>, "workload" | "suite" | "data" | "trial" | "precision">,
): TrainingRequest {
  const { workload, suite, data, trial, precision } = scope;
  const { batchSize, seed } = trial.config;
  const model = suite.models[workload.model];
  if (model?.loss === undefined) {
    throw new ModelError(
      `${workload.where}: a model with a loss must be there, got "${workload.model}"`,
    );
  }
  const { spec, loss, metrics } = model;
  const optimizer = trial.optimizer ?? model.optimizer;
  const request = {
    model: spec,
    objective: { loss, optimizer, metrics },
    batchSize,
    seed,
    precision,
    stepsPerRun: trial.stepsPerRun ?? "auto",
    data: { train: {} },
  };
  const programs = planPrograms(request);
  const step = programs.step(batchSize);
  const where = `${workload.where}: data "${workload.data ?? ""}"`;
  const train =
    data === undefined
      ? inventRows(step, spec, batchSize * inventedBatches, seed)
      : fitRows(data.train, step, where);
  const validation =
    data?.validation === undefined ? undefined : fitRows(data.validation, step, where);
  return {
    ...request,
    data: { train, ...(validation === undefined ? {} : { validation }) },
  };
}

/** Whether a program draws random numbers: then its rows are not alike even if their data is. */
export function isRandom(graph: Graph): boolean {
  return graph.nodes.some(({ op }) => op === "randomUniform" || op === "dropout");
}

/**
 * Rows of the data that the check repeats to fill a batch. The mean loss and gradient of a batch that repeats r rows are
 * those of the r rows, so a batch of any size can be checked against a small reference.
 */
export function repeatedRows(batch: number): number {
  return batch % 2 === 0 ? 2 : 1;
}

/** The row numbers of `steps` steps of `batch` rows that all repeat the first `repeated` rows. */
export function repeatedOrder(steps: number, batch: number, repeated: number): Int32Array {
  return Int32Array.from({ length: steps * batch }, (_, i) => i % repeated);
}

/**
 * The state that a check starts from: the initial one, but without scaling of the loss. Few repeated rows make large
 * gradients, which a scale would drive over the range of f16; the device then skips the step, float64 does not.
 */
export function checkedState({ initialState }: TrainingPrograms): TensorMap {
  const { scale } = lossScaleSlots;
  return scale in initialState
    ? { ...initialState, [scale]: tensorFrom("f32", [], [1]) }
    : initialState;
}

/**
 * Losses of successive steps on the first `rows` rows, in float64.
 *
 * @param programs - those of the training
 * @param data - the training data; its first `rows` rows make a batch
 * @param rows - rows of a step
 * @param steps - how many losses
 * @param known - keeps what was worked out for later trials; the key names model, precision, seed and data
 */
export function referenceLosses(
  programs: TrainingPrograms,
  data: TensorMap,
  rows: number,
  steps: number,
  known: { readonly references: Map<string, unknown>; readonly key: string },
): readonly number[] {
  const { references } = known;
  const fullKey = `losses ${known.key} ${rows}`;
  const before = (references.get(fullKey) as Progress | undefined) ?? {
    losses: [],
    state: toReferences(checkedState(programs)),
  };
  const losses = [...before.losses];
  let { state } = before;
  const step = programs.step(rows);
  const inputs = toReferences(firstRows(data, rows));
  while (losses.length < steps) {
    const after = evaluate(step, inputs, state);
    losses.push(after.outputs["loss"]?.data[0] ?? NaN);
    state = after.state;
  }
  references.set(fullKey, { losses, state } satisfies Progress);
  return losses.slice(0, steps);
}

interface Progress {
  readonly losses: readonly number[];
  readonly state: RefMap;
}
