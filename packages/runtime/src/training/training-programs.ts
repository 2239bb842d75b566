// The graphs of a training: one step, several steps in one run, and evaluation, each for a batch size, each reading its
// rows from the device where the data set lives there. Pure: no device, no clock.
import {
  evalStep,
  initialTrainState,
  packState,
  readResidentData,
  simplify,
  trainStep,
  unroll,
  UsageError,
  type Graph,
  type ReportEntry,
  type StateLayout,
  type TensorMap,
  type TensorType,
  type TrainOptions,
  type TrainStep,
} from "@fastgpu/core";
import { defaultPackBelowElements, type TrainingRequest } from "./request.ts";

/** The name of a data set of a training. */
export type DataSetName = "train" | "validation";

/** Builds the graphs of one training; all share one state. */
export interface TrainingPrograms {
  /** Where the parameters live in the state. */
  readonly layout: StateLayout;
  /** How sums of the training programs' output `metrics` become metrics; empty if there are none. */
  readonly trainReport: readonly ReportEntry[];
  /** The same for evaluation; loss entries first. */
  readonly evalReport: readonly ReportEntry[];
  /** Names of the state slots that training changes, data sets not among them. */
  readonly slots: readonly string[];
  /** Every slot at its start, by slot name. */
  readonly initialState: TensorMap;
  /** One step on a batch; inputs `x`, `y`. */
  step(batch: number): Graph;
  /** An evaluation of a batch; inputs `x`, `y`. */
  evaluation(batch: number): Graph;
}

/** Where the ports of a data set live on the device. */
export type ResidentTypes = Readonly<Record<string, TensorType>>;

/**
 * Plans the programs of a training.
 *
 * @throws {UsageError} for a precision that cannot train, or names and options that do not exist
 * @throws {ModelError} if the model does not suit its loss or metrics
 */
export function planPrograms(request: TrainingRequest): TrainingPrograms {
  const { model, batchSize, seed = 0 } = request;
  const { precision = "f32" } = request;
  if (precision === "int8") {
    throw new UsageError(
      `precision: training must use f32, mixed or f16, got ${precision}; train in one of these and quantise for inference`,
    );
  }
  const options: TrainOptions = {
    packBelowElements: defaultPackBelowElements,
    ...request.objective,
    batch: batchSize,
    seed,
    precision,
  };
  const first = trainStep(model, options);
  const shared = { ...options, layout: first.layout };
  const step = memoize((batch) =>
    simplify((batch === batchSize ? first : trainStep(model, { ...shared, batch })).graph),
  );
  const evaluation = memoize((batch) => simplify(evalStep(model, { ...shared, batch }).graph));
  const given = packState(first.layout, request.initialState ?? {});
  return {
    layout: first.layout,
    trainReport: first.report,
    evalReport: evalStep(model, { ...shared, batch: 1 }).report,
    slots: first.graph.state.map(({ name }) => name),
    initialState: startingState(first, seed, given),
    step,
    evaluation,
  };
}

/**
 * A program that takes row numbers of a resident data set: input `rows`, i32 [batch], or [steps, batch] with every
 * output stacked likewise if `steps` > 1.
 */
export function residentProgram(
  graph: Graph,
  set: DataSetName,
  types: ResidentTypes,
  steps: number,
): Graph {
  const ports = Object.entries(types).map(
    ([name, type]) => [name, { slot: dataSlot(set, name), type }] as const,
  );
  const resident = readResidentData(graph, Object.fromEntries(ports));
  return steps === 1 ? resident : unroll(resident, steps);
}

/** Name of the state slot that holds a port of a data set. */
export function dataSlot(set: DataSetName, port: string): string {
  return `data/${set}/${port}`;
}

function startingState(step: TrainStep, seed: number, given: TensorMap): TensorMap {
  const known = new Set(step.graph.state.map(({ name }) => name));
  for (const name of Object.keys(given)) {
    if (known.has(name)) continue;
    throw new UsageError(
      `initial state: names must be of the model or its optimizer, got "${name}"; they are ${[...known].join(", ")}`,
    );
  }
  return initialTrainState(step, seed, given);
}

function memoize(build: (batch: number) => Graph): (batch: number) => Graph {
  const built = new Map<number, Graph>();
  return (batch) => {
    const graph = built.get(batch) ?? build(batch);
    built.set(batch, graph);
    return graph;
  };
}
