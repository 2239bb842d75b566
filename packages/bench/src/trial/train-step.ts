// Time of training steps on rows that live on the device, `stepsPerRun` of them in one run of the engine.
import { toNumbers, type HostTensor, type ModelTensorMap, type TensorMap } from "@fastgpu/core";
import type { CorrectnessCheck, Measurements } from "@fastgpu/results";
import {
  chooseStepsPerRun,
  dataSlot,
  planPrograms,
  residentProgram,
  type RemoteExecutable,
  type RemoteState,
  type TrainingPrograms,
  type TrainingRequest,
} from "@fastgpu/runtime";
import { permutation } from "@fastgpu/data";
import { compareWith } from "./compare.ts";
import { measureSubject } from "./measure.ts";
import { requireSupport } from "./support.ts";
import { toleranceRatio } from "./tolerance.ts";
import {
  checkedState,
  isRandom,
  minCheckedSteps,
  referenceLosses,
  repeatedOrder,
  repeatedRows,
  trainingRequest,
  type TrainingWorkload,
} from "./train-program.ts";
import { withDevice, type OpenTrialScope, type TrialScope } from "./trial.ts";

/** Runs whose rows are prepared beforehand; iterations use them in turn. */
const preparedRuns = 64;

/** Everything about the steps of one trial. */
interface Steps {
  readonly request: TrainingRequest;
  readonly programs: TrainingPrograms;
  readonly batch: number;
  /** Steps in one run. */
  readonly perRun: number;
  readonly state: RemoteState;
  readonly executable: RemoteExecutable;
}

/** Measures training steps. */
export async function runTrainStep(scope: TrialScope<TrainingWorkload>): Promise<Measurements> {
  const { trial } = scope;
  const request = trainingRequest(scope);
  const { train } = request.data;
  const batch = trial.config.batchSize;
  const programs = planPrograms(request);
  const rows = Object.values(train)[0]?.shape[0] ?? 0;
  const perRun = chooseStepsPerRun(
    request.stepsPerRun ?? "auto",
    programs.step(batch),
    Math.floor(rows / batch),
  );
  const graph = residentProgram(programs.step(batch), "train", train, perRun);
  const open = await withDevice(scope);
  const { device } = open;
  scope.enter("load");
  await requireSupport(device, graph);
  const state = await device.createState({ ...checkedState(programs), ...residentSlots(train) });
  scope.enter("compile");
  const startedAt = process.hrtime.bigint();
  const executable = await device.compile(graph, state);
  const compileNs = Number(process.hrtime.bigint() - startedAt);
  const steps: Steps = { request, programs, batch, perRun, state, executable };
  return measureSubject(open, {
    target: { kind: "program", executable: executable.handle },
    compileNs,
    firstInputs: repeatedInput(steps),
    inputs: shuffledInputs(steps, rows, trial.config.seed),
    fetch: graph.outputs.map(({ name }) => name),
    samplesPerIteration: batch * perRun,
    // What `auto` came to.
    metrics: { stepsPerRunCount: perRun },
    graph,
    check: async (outputs) => {
      const check = await checkSteps(open, steps, outputs);
      await state.write(programs.initialState);
      return check;
    },
  });
}

function residentSlots(train: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(train).map(([port, value]) => [dataSlot("train", port), value]),
  );
}

function repeatedInput({ batch, perRun }: Steps): TensorMap {
  return rowsInput(repeatedOrder(perRun, batch, repeatedRows(batch)), perRun, batch);
}

/** Rows in a random order, one part of it per run. */
function shuffledInputs({ batch, perRun }: Steps, rows: number, seed: number): TensorMap[] {
  const perIteration = batch * perRun;
  const order = permutation(rows, seed);
  return Array.from(
    { length: Math.min(preparedRuns, Math.max(1, Math.floor(rows / perIteration))) },
    (_, run) =>
      rowsInput(
        Int32Array.from(
          { length: perIteration },
          (__, i) => order[(run * perIteration + i) % rows] ?? 0,
        ),
        perRun,
        batch,
      ),
  );
}

function rowsInput(data: Int32Array, steps: number, batch: number): TensorMap {
  const rows: HostTensor<"i32"> = {
    dtype: "i32",
    shape: steps === 1 ? [batch] : [steps, batch],
    data,
  };
  return { rows };
}

/** Follows the losses for a few steps, so that a wrong update shows in the loss after it. */
async function checkSteps(
  scope: OpenTrialScope<TrainingWorkload>,
  steps: Steps,
  first: ModelTensorMap,
): Promise<CorrectnessCheck> {
  const { programs, batch, request } = steps;
  const repeated = repeatedRows(batch);
  const losses = isRandom(programs.step(batch))
    ? await smallLosses(scope, steps, repeated)
    : await furtherLosses(steps, [...lossesOf(first)]);
  const { workload, trial, precision } = scope;
  const optimizer = JSON.stringify(trial.optimizer ?? "");
  const key = `${workload.model} ${workload.data ?? batch} ${precision} ${trial.config.seed} ${optimizer}`;
  const expected = referenceLosses(programs, request.data.train, repeated, losses.length, {
    references: scope.references,
    key,
  });
  const words = `losses of the float64 reference over ${losses.length} steps`;
  return compareWith(
    { kind: "reference", reference: words },
    [{ name: "loss", actual: losses, expected }],
    toleranceRatio[precision],
  );
}

async function furtherLosses(steps: Steps, losses: number[]): Promise<readonly number[]> {
  while (losses.length < minCheckedSteps) {
    losses.push(...lossesOf(await steps.executable.run(repeatedInput(steps))));
  }
  return losses;
}

/** Masks differ from row to row, so a model that drops values is checked in a program of the reference's own size. */
async function smallLosses(
  { device }: OpenTrialScope<TrainingWorkload>,
  { programs, request, state }: Steps,
  rows: number,
): Promise<readonly number[]> {
  await state.write(checkedState(programs));
  const graph = residentProgram(programs.step(rows), "train", request.data.train, 1);
  const executable = await device.compile(graph, state);
  const losses: number[] = [];
  while (losses.length < minCheckedSteps) {
    losses.push(
      ...lossesOf(await executable.run(rowsInput(repeatedOrder(1, rows, rows), 1, rows))),
    );
  }
  await executable.dispose();
  return losses;
}

function lossesOf({ loss }: ModelTensorMap): Float64Array {
  return loss === undefined ? new Float64Array(0) : toNumbers(loss as HostTensor);
}
