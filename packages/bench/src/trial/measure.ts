// The protocol that every timed trial follows: first run, check, warm-up, sampling, and what the record keeps of it.
import {
  FastGpuError,
  graphCost,
  type Graph,
  type KernelTiming,
  type ModelTensorMap,
} from "@fastgpu/core";
import {
  findVoidSamples,
  judgeScenario,
  maxVoidShare,
  summarize,
  throughput,
  type Achieved,
  type Conditions,
  type CorrectnessCheck,
  type Counters,
  type Measurements,
  type OperatorPlacement,
  type RaceRule,
  type ScenarioResult,
  type Timing,
  type VoidSample,
} from "@fastgpu/results";
import { runFirst } from "../jobs/first-run.ts";
import { kernelsOf } from "../jobs/placement.ts";
import { sampleOn, type Sampled } from "../jobs/sample.ts";
import type { Target } from "../jobs/target.ts";
import { startMonitor } from "../conditions/monitor.ts";
import { scenarioOn } from "../jobs/scenario.ts";
import { fillScenario } from "../suite/scenario.ts";
import { splitOn } from "../jobs/split.ts";
import { InvalidMeasurementError, requirePassed, type OpenTrialScope } from "./trial.ts";

/** A program that is ready to be measured. */
export interface Subject {
  readonly target: Target;
  readonly compileNs: number;
  /** Inputs of the first run. */
  readonly firstInputs: ModelTensorMap;
  /** Inputs of successive iterations, used in turn. */
  readonly inputs: readonly ModelTensorMap[];
  /** Outputs that each iteration brings back. */
  readonly fetch: readonly string[];
  /** Batch items that one iteration processes. */
  readonly samplesPerIteration: number;
  /** Further numbers for the record, each with its unit in its name. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** The graph of one iteration; absent if it is not known, as for a model file. */
  readonly graph?: Graph;
  /** Compares the first run with a reference, and undoes what the first run changed. */
  check(outputs: ModelTensorMap): Promise<CorrectnessCheck>;
}

/** Measures a program. @throws {IncorrectOutputError} if its results are wrong; then nothing is timed */
export async function measureSubject(
  scope: OpenTrialScope,
  subject: Subject,
): Promise<Measurements> {
  const { device } = scope;
  const { target } = subject;
  scope.enter("first-run");
  const first = await runFirst(device, { target, inputs: subject.firstInputs });
  const startToFirstSampleNs = scope.sinceStartNs();
  scope.enter("check");
  const check = requirePassed(await subject.check(first.outputs));
  const { sampled, conditions, voidSamples } = await sampleWatched(scope, subject);
  scope.enter("finish");
  const scenario = await scenarioOf(scope, subject);
  const split = await splitOn(device, { target, inputs: subject.inputs, fetch: subject.fetch });
  const { placement, ...clock } = await profileOf(scope, target);
  const counters = countersOf(sampled, subject.graph);
  const timing = timingOf(sampled, voidSamples, subject.samplesPerIteration);
  const achieved = achievedBy(counters, timing.latency.p50Ns);
  const measurements: Measurements = {
    startToFirstSampleNs,
    compileNs: subject.compileNs,
    firstRunNs: first.durationNs,
    timerOverheadNs: sampled.clock.overheadNs,
    timerResolutionNs: sampled.clock.resolutionNs,
    timing: { ...timing, ...(split === undefined ? {} : { split }), ...clock },
    ...(scenario === undefined ? {} : { scenario }),
    ...(conditions === undefined ? {} : { conditions }),
    memory: {
      peakRssBytes: sampled.memory.peakRssBytes,
      ...(device.info.kind === "cpu" ? {} : { devicePeakBytes: sampled.countersAfter.peakBytes }),
    },
    counters,
    ...(achieved === undefined ? {} : { achieved }),
    check,
    ...(placement === undefined ? {} : { placement }),
    metrics: { ...subject.metrics, ...energyMetrics(conditions, subject, sampled) },
  };
  const samples = timing.latencyNs.length;
  if (voidSamples.length <= maxVoidShare * samples) return measurements;
  throw new InvalidMeasurementError(voidSamples, samples, measurements);
}

function timingOf(
  { warmup, latencyNs: sampledNs, iterationsPerSample, stopReason }: Sampled,
  voidSamples: readonly VoidSample[],
  samplesPerIteration: number,
): Timing {
  const latencyNs = Array.from(sampledNs);
  const voids = new Set(voidSamples.map(({ index }) => index));
  // Where nothing counts, the summary is of everything: the trial is no result then.
  const isNothingLeft = voids.size === latencyNs.length;
  const counted = isNothingLeft ? latencyNs : latencyNs.filter((_, index) => !voids.has(index));
  return {
    warmup,
    latencyNs,
    latency: summarize(latencyNs, isNothingLeft ? [] : [...voids], iterationsPerSample),
    samplesPerSecond: throughput(samplesPerIteration, counted),
    samplesPerIteration,
    iterationsPerSample,
    stopReason,
    voidSamples: isNothingLeft ? [] : voidSamples,
  };
}

/** The queries of the workload's scenario, after the samples, in the same process. */
async function scenarioOf(
  scope: OpenTrialScope,
  { target, inputs, fetch }: Subject,
): Promise<ScenarioResult | undefined> {
  const { workload, trial, device } = scope;
  if (!("scenario" in workload)) return undefined;
  const settings = fillScenario(workload.scenario, trial.config.seed);
  const { batchSize } = trial.config;
  scope.enter("sampling");
  const argument = { target, inputs, fetch, settings, batchSize };
  const run = await scenarioOn(device, argument, (progress) => {
    scope.onSample(progress);
  });
  return judgeScenario(settings, run);
}

interface Watched {
  readonly sampled: Sampled;
  readonly conditions: Conditions | undefined;
  readonly voidSamples: readonly VoidSample[];
}

/** Samples while the machine is watched, and says which samples do not count. */
async function sampleWatched(scope: OpenTrialScope, subject: Subject): Promise<Watched> {
  const { device } = scope;
  const monitor = startMonitor(device.info, {
    tolerated: scope.toleratedProcesses,
    ownPid: device.pid,
  });
  let sampled: Sampled;
  try {
    sampled = await sampleSubject(scope, subject);
  } finally {
    monitor.stop();
  }
  const { samplingAtMs, startedAtNs, latencyNs, iterationsPerSample, foreignCpuShare } = sampled;
  const durationNs = Array.from(latencyNs, (ns) => ns * iterationsPerSample);
  const lastNs = (startedAtNs.at(-1) ?? 0) + (durationNs.at(-1) ?? 0);
  const conditions = monitor.conditions(samplingAtMs, samplingAtMs + lastNs / 1e6, foreignCpuShare);
  const voidSamples = findVoidSamples(
    { startedAtNs: Array.from(startedAtNs), durationNs },
    conditions?.readings ?? [],
  );
  return { sampled, conditions, voidSamples };
}

/** Energy per sample and mean power, where the platform tells the energy. */
function energyMetrics(
  conditions: Conditions | undefined,
  { samplesPerIteration }: Subject,
  { latencyNs, startedAtNs, iterationsPerSample }: Sampled,
): Readonly<Record<string, number>> {
  const { energyJoules } = conditions ?? {};
  const elapsedNs = (startedAtNs.at(-1) ?? 0) + (latencyNs.at(-1) ?? 0) * iterationsPerSample;
  if (energyJoules === undefined || elapsedNs <= 0) return {};
  const samples = latencyNs.length * iterationsPerSample * samplesPerIteration;
  return {
    energyJoules,
    energyPerSampleJoules: energyJoules / samples,
    meanPowerWatts: (energyJoules * 1e9) / elapsedNs,
  };
}

/** Speed against the counted work, from the time of one iteration. */
export function achievedBy(
  { flops, bytesMoved }: Pick<Counters, "flops" | "bytesMoved">,
  iterationNs: number,
): Achieved | undefined {
  if (flops === undefined || flops === 0 || iterationNs <= 0) return undefined;
  return {
    flopsPerSecond: (flops * 1e9) / iterationNs,
    ...(bytesMoved === undefined ? {} : { bytesPerSecond: (bytesMoved * 1e9) / iterationNs }),
  };
}

function sampleSubject(
  scope: OpenTrialScope,
  { target, inputs, fetch, samplesPerIteration }: Subject,
): Promise<Sampled> {
  const { sampling } = scope.workload;
  let phase: string | undefined;
  const argument = {
    target,
    inputs,
    fetch,
    warmup: {
      windows: 3,
      maxRatio: 1.05,
      maxIterations: sampling.maxWarmupIterations,
      maxElapsedNs: sampling.maxWarmupNs,
    },
    sampling,
    ...raceOf(scope, samplesPerIteration),
  };
  scope.enter("warmup");
  return sampleOn(scope.device, argument, (progress) => {
    if (phase === undefined) phase = "warmup";
    if (progress.phase !== phase) {
      phase = progress.phase;
      scope.enter(progress.phase);
    }
    scope.onSample(progress);
  });
}

function raceOf(
  { trial: { race } }: OpenTrialScope,
  samplesPerIteration: number,
): { readonly race?: RaceRule } {
  if (race === undefined || race.limits.length === 0) return {};
  const limits = race.limits.map(({ quantile, aboveNs, per }) => ({
    quantile,
    aboveNs: per === "sample" ? aboveNs * samplesPerIteration : aboveNs,
  }));
  return { race: { limits, error: race.error } };
}

function countersOf(
  { countersBefore, countersAfter, latencyNs, iterationsPerSample }: Sampled,
  graph?: Graph,
): Counters {
  const each = (name: "dispatches" | "bytesUp" | "bytesDown"): number =>
    (countersAfter[name] - countersBefore[name]) / (latencyNs.length * iterationsPerSample);
  const cost = graph === undefined ? undefined : graphCost(graph);
  return {
    dispatches: each("dispatches"),
    pipelinesCompiled: countersAfter.pipelinesCompiled,
    bytesUp: each("bytesUp"),
    bytesDown: each("bytesDown"),
    liveBytes: countersAfter.liveBytes,
    peakBytes: countersAfter.peakBytes,
    liveTensors: countersAfter.liveTensors,
    ...(cost === undefined
      ? {}
      : { graphNodes: cost.nodes, flops: cost.flops, bytesMoved: cost.bytes }),
  };
}

/** What the kernels of one more run tell; an engine that cannot be profiled costs a notice, not the trial. */
async function profileOf(
  scope: OpenTrialScope,
  target: Target,
): Promise<Pick<Measurements, "placement"> & Pick<Timing, "timestampQuantumNs">> {
  try {
    const kernels = await kernelsOf(scope.device, target);
    scope.onKernels(kernels);
    const placement = placementOf(kernels);
    const quantumNs = kernels.find((kernel) => kernel.quantumNs !== undefined)?.quantumNs;
    return {
      ...(placement === undefined ? {} : { placement }),
      ...(quantumNs === undefined ? {} : { timestampQuantumNs: quantumNs }),
    };
  } catch (error) {
    if (!(error instanceof FastGpuError) || error.code !== "ENGINE") throw error;
    scope.notice(`operator placement is not known: ${error.message}`);
    return {};
  }
}

/** Where operators ran; undefined if the engine does not tell. */
function placementOf(kernels: readonly KernelTiming[]): readonly OperatorPlacement[] | undefined {
  const counts = new Map<string, number>();
  for (const { provider } of kernels) {
    if (provider !== undefined) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  return [...counts].map(([where, operators]) => ({ where, operators, share: operators / total }));
}
