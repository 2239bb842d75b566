// Training from fresh weights, epoch by epoch, the way Model.fit does it: learning curves and the time to a target.
import { calibrateTimerOverhead, hrtimeNowTimestampProvider } from "tinybench";
import { graphCost, lossScaleSlots } from "@fastgpu/core";
import { permutation } from "@fastgpu/data";
import type {
  CorrectnessCheck,
  EpochRecord,
  Measurements,
  TimeToTarget,
  Training as TrainingRecord,
} from "@fastgpu/results";
import { openTraining, planPrograms, type Training, type TrainingRequest } from "@fastgpu/runtime";
import type { TargetFile } from "../suite/suite-file.ts";
import type { Workload } from "../suite/suite.ts";
import { compareWith } from "./compare.ts";
import { achievedBy } from "./measure.ts";
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
} from "./train-program.ts";
import { requirePassed, type TrialScope } from "./trial.ts";

type AccuracyWorkload = Workload & { readonly kind: "train-to-accuracy" };

/** Trains a model and follows its curves. */
export async function runTrainToAccuracy(
  scope: TrialScope<AccuracyWorkload>,
): Promise<Measurements> {
  const { trial } = scope;
  const request = trainingRequest(scope);
  const step = planPrograms(request).step(trial.config.batchSize);
  const device = await scope.opened();
  scope.enter("load");
  await requireSupport(device, step);
  const training = await openTraining(device, request);
  const checked = await checkTraining(scope, training, request);
  const before = await device.refreshCounters();
  scope.enter("training");
  const record = await trainEpochs(scope, training);
  scope.enter("finish");
  const after = await device.refreshCounters();
  const memory = await device.memory();
  const steps = record.epochs.reduce((sum, epoch) => sum + epoch.steps, 0);
  const trainNs = record.epochs.reduce((sum, epoch) => sum + epoch.trainNs, 0);
  const cost = graphCost(step);
  const counters = {
    dispatches: (after.dispatches - before.dispatches) / Math.max(1, steps),
    pipelinesCompiled: after.pipelinesCompiled,
    liveBytes: after.liveBytes,
    peakBytes: after.peakBytes,
    liveTensors: after.liveTensors,
    graphNodes: cost.nodes,
    flops: cost.flops,
    bytesMoved: cost.bytes,
  };
  const achieved = achievedBy(counters, trainNs / Math.max(1, steps));
  return {
    ...checked,
    timerOverheadNs: Math.round(calibrateTimerOverhead(hrtimeNowTimestampProvider) * 1e6),
    training: record,
    memory: {
      peakRssBytes: memory.peakRssBytes,
      ...(device.info.kind === "cpu" ? {} : { devicePeakBytes: after.peakBytes }),
    },
    counters,
    ...(achieved === undefined ? {} : { achieved }),
    metrics: {
      // What `auto` came to.
      stepsPerRunCount: training.stepsPerRun,
      ...(trainNs === 0
        ? {}
        : { trainSamplesPerSecond: (training.rows * record.epochs.length * 1e9) / trainNs }),
    },
  };
}

/** The first run and the check, on rows repeated to whole batches; the model is put back afterwards. */
async function checkTraining(
  scope: TrialScope<AccuracyWorkload>,
  training: Training,
  request: TrainingRequest,
): Promise<Pick<Measurements, "compileNs" | "firstRunNs" | "startToFirstSampleNs" | "check">> {
  const { trial, workload, precision, references } = scope;
  const { batchSize, seed } = trial.config;
  const programs = planPrograms(request);
  const rows = repeatedRows(batchSize);
  const initial = await training.readState();
  const { [lossScaleSlots.scale]: unscaled } = checkedState(programs);
  if (unscaled !== undefined) await training.writeState({ [lossScaleSlots.scale]: unscaled });
  // Masks differ from row to row, so a model that drops values is checked in batches of the reference's own size.
  const batch = isRandom(programs.step(batchSize)) ? rows : batchSize;
  const perRun = batch === batchSize ? training.stepsPerRun : 1;
  scope.enter("compile");
  const startedAt = process.hrtime.bigint();
  const first = await training.epoch(repeatedOrder(perRun, batch, rows));
  const wallNs = Number(process.hrtime.bigint() - startedAt);
  const startToFirstSampleNs = scope.sinceStartNs();
  scope.enter("check");
  const losses = [...first.losses];
  while (losses.length < minCheckedSteps) {
    losses.push(...(await training.epoch(repeatedOrder(perRun, batch, rows))).losses);
  }
  const optimizer = JSON.stringify(trial.optimizer ?? "");
  const key = `${workload.model} ${workload.data} ${precision} ${seed} ${optimizer}`;
  const known = { references, key };
  const expected = referenceLosses(programs, request.data.train, rows, losses.length, known);
  const check: CorrectnessCheck = compareWith(
    { kind: "reference", reference: `losses of the float64 reference over ${losses.length} steps` },
    [{ name: "loss", actual: losses, expected }],
    toleranceRatio[precision],
  );
  requirePassed(check);
  await training.writeState(initial);
  return {
    compileNs: Math.max(0, wallNs - first.durationNs),
    firstRunNs: first.durationNs,
    startToFirstSampleNs,
    check,
  };
}

async function trainEpochs(
  scope: TrialScope<AccuracyWorkload>,
  training: Training,
): Promise<TrainingRecord> {
  const { trial, workload, data } = scope;
  const { seed, batchSize } = trial.config;
  const count = trial.epochs ?? workload.epochs;
  const epochs: EpochRecord[] = [];
  let diverged: TrainingRecord["diverged"];
  const startedAt = process.hrtime.bigint();
  for (let epoch = 1; epoch <= count; epoch++) {
    const trained = await training.epoch(permutation(training.rows, seed, epoch));
    if (!Number.isFinite(trained.loss)) {
      diverged = { epoch, loss: String(trained.loss) as "NaN" | "Infinity" | "-Infinity" };
      break;
    }
    const held = data?.validation === undefined ? undefined : await training.evaluate("validation");
    const { accuracy, ...metrics } = trained.metrics;
    const record: EpochRecord = {
      epoch,
      loss: trained.loss,
      ...(accuracy === undefined ? {} : { accuracy }),
      ...(held === undefined ? {} : { validationLoss: held.loss, validationNs: held.durationNs }),
      ...(held?.metrics["accuracy"] === undefined
        ? {}
        : { validationAccuracy: held.metrics["accuracy"] }),
      steps: Math.ceil(trained.rows / batchSize),
      trainNs: trained.durationNs,
      ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
    };
    epochs.push(record);
    scope.onEpoch(record, count);
    if (epochsNs(epochs) > (trial.race?.trainingNs ?? Infinity)) break;
  }
  const totalNs = Number(process.hrtime.bigint() - startedAt);
  const { target } = workload;
  return {
    trainSamples: training.rows,
    validationSamples: Object.values(data?.validation ?? {})[0]?.shape[0] ?? 0,
    epochs,
    totalNs,
    ...(target === undefined ? {} : { timeToTarget: timeToTarget(target, epochs) }),
    ...(diverged === undefined ? {} : { diverged }),
  };
}

/** When a target was first met at the end of an epoch. */
export function timeToTarget(target: TargetFile, epochs: readonly EpochRecord[]): TimeToTarget {
  const { metric, atLeast, atMost } = target;
  const isLeast = atLeast !== undefined;
  const wanted = atLeast ?? atMost ?? NaN;
  const met = epochs.findIndex((epoch) => {
    const value = epoch[metric];
    return value !== undefined && (isLeast ? value >= wanted : value <= wanted);
  });
  const until = met < 0 ? epochs : epochs.slice(0, met + 1);
  const reachedNs = epochsNs(until);
  return {
    metric,
    target: wanted,
    direction: isLeast ? "at-least" : "at-most",
    epochs: until.length,
    ...(met < 0 ? {} : { reachedNs }),
  };
}

function epochsNs(epochs: readonly EpochRecord[]): number {
  return epochs.reduce((sum, epoch) => sum + epoch.trainNs + (epoch.validationNs ?? 0), 0);
}
