// Warm-up and sampling of a program inside the backend process: no message crosses the process border while a sample is
// taken.
import type { Counters, ModelTensorMap } from "@fastgpu/core";
import {
  decideSampling,
  decideWarmup,
  median,
  Race,
  sortSamples,
  type RaceRule,
  type SamplingDecision,
  type SamplingRule,
  type Warmup,
  type WarmupRule,
  type WarmupWindow,
} from "@fastgpu/results";
import type { JobContext, ProcessMemory, RemoteDevice } from "@fastgpu/runtime";
import { calibrateClock, iterationsPerSample, type Clock } from "./clock.ts";
import { foreignShare, processorUse } from "./processor-use.ts";
import { resolveTarget, type Target } from "./target.ts";
import { timeIterations, workOf, type Samples, type Work } from "./time-iterations.ts";

/** What to sample and for how long. */
export interface SampleArgument {
  readonly target: Target;
  /** Inputs of successive iterations, used in turn; at least one. */
  readonly inputs: readonly ModelTensorMap[];
  /** Outputs that each iteration brings back. */
  readonly fetch: readonly string[];
  readonly warmup: WarmupRule;
  readonly sampling: SamplingRule;
  /** Ends sampling early when the program is sure to lose; absent = never. */
  readonly race?: RaceRule;
}

/** What was measured. */
export interface Sampled {
  readonly warmup: Warmup;
  /** Durations of the counted iterations in order, integer ns. */
  readonly latencyNs: Float64Array;
  /** When each sample began, ns since the first one began. */
  readonly startedAtNs: Float64Array;
  /** When the first sample began, ms since the epoch, by the steady clock of the process. */
  readonly samplingAtMs: number;
  /** Iterations between two readings of the clock. */
  readonly iterationsPerSample: number;
  readonly stopReason: "enough" | "time-limit" | "raced";
  readonly clock: Clock;
  /** Part of the processors' time that others used while samples were taken; absent if it was too short to tell. */
  readonly foreignCpuShare?: number;
  readonly countersBefore: Counters;
  readonly countersAfter: Counters;
  readonly memory: ProcessMemory;
}

/** Reported about ten times a second. */
export interface SampleProgress {
  readonly phase: "warmup" | "sampling";
  readonly iterations: number;
  readonly lastNs: number;
  /** 0 to 1. */
  readonly share?: number;
}

/** A window is about this long, so that noise of the clock does not decide; short programs reach `maxWindow` first. */
const windowNs = 50e6;
const minWindow = 3;
const maxWindow = 50;
/** Between chunks of this length the process reports; inside one it does nothing else. */
const chunkNs = 100e6;

/** Samples a program on a device in its process. */
export function sampleOn(
  device: RemoteDevice,
  argument: SampleArgument,
  onProgress: (progress: SampleProgress) => void,
): Promise<Sampled> {
  const module = new URL("../../dist/jobs/sample.js", import.meta.url).href;
  const onEvent = (event: unknown): void => {
    onProgress(event as SampleProgress);
  };
  return device.runJob({ module, name: "sample" }, argument, { onEvent });
}

/** The job; call it through `sampleOn`. */
export async function sample(
  context: JobContext<SampleProgress>,
  argument: SampleArgument,
): Promise<Sampled> {
  const { target, inputs, fetch, sampling } = argument;
  const work = workOf(resolveTarget(context, target), inputs, fetch);
  // Before the warm-up, which brings the calibration loop's own compilation to rest again.
  const clock = calibrateClock();
  const warmup = await warmUp(context, work, argument.warmup);
  const steadyNs = warmup.windows.at(-1)?.medianNs ?? 1;
  const perSample = iterationsPerSample(steadyNs, clock);
  const countersBefore = context.device.counters();
  const useBefore = processorUse();
  const latencyNs: number[] = [];
  const startedAtMs: number[] = [];
  let elapsedNs = 0;
  let decision: SamplingDecision | "raced" = decideSampling({ iterations: 0, elapsedNs }, sampling);
  const race = argument.race === undefined ? undefined : new Race(argument.race);
  while (decision === "continue") {
    const chunk = await timeIterations(work, {
      minSamples: 1,
      minElapsedNs: chunkNs,
      iterationsPerSample: perSample,
    });
    for (const sampleNs of chunk.latencyNs) {
      latencyNs.push(sampleNs);
      elapsedNs += sampleNs * perSample;
    }
    startedAtMs.push(...beginsOf(chunk, perSample));
    const iterations = latencyNs.length * perSample;
    decision = decideSampling({ iterations: latencyNs.length, elapsedNs }, sampling);
    if (race?.look(chunk.latencyNs) !== undefined && decision === "continue") decision = "raced";
    const share = Math.min(
      latencyNs.length / sampling.minIterations,
      elapsedNs / sampling.minElapsedNs,
    );
    const lastNs = latencyNs.at(-1) ?? 0;
    context.emit({ phase: "sampling", iterations, lastNs, share: Math.min(1, share) });
    await context.breathe();
  }
  const foreignCpuShare = foreignShare(useBefore, processorUse());
  const [firstMs = 0] = startedAtMs;
  return {
    warmup,
    latencyNs: Float64Array.from(latencyNs),
    startedAtNs: Float64Array.from(startedAtMs, (ms) => Math.round((ms - firstMs) * 1e6)),
    samplingAtMs: performance.timeOrigin + firstMs,
    iterationsPerSample: perSample,
    stopReason: decision,
    clock,
    ...(foreignCpuShare === undefined ? {} : { foreignCpuShare }),
    countersBefore,
    countersAfter: context.device.counters(),
    memory: context.memory(),
  };
}

/** When each sample began, ms. */
function beginsOf({ latencyNs, batches }: Samples, perSample: number): number[] {
  let atMs = 0;
  let next = 0;
  return latencyNs.map((sampleNs, index) => {
    const batch = batches[next];
    if (batch?.firstSample === index) {
      atMs = batch.startedAtMs;
      next++;
    }
    const beganMs = atMs;
    atMs += (sampleNs * perSample) / 1e6;
    return beganMs;
  });
}

async function warmUp(
  context: JobContext<SampleProgress>,
  work: Work,
  rule: WarmupRule,
): Promise<Warmup> {
  const windows: WarmupWindow[] = [];
  const latencyNs: number[] = [];
  let elapsedNs = 0;
  let size = minWindow;
  for (;;) {
    const window = (await timeIterations(work, { minSamples: size, minElapsedNs: 0 })).latencyNs;
    const medianNs = Math.round(median(sortSamples(window)));
    windows.push({ iterations: window.length, medianNs });
    latencyNs.push(...window);
    elapsedNs += window.reduce((sum, ns) => sum + ns, 0);
    const windowMediansNs = windows.map((each) => each.medianNs);
    const state = { windowMediansNs, iterations: latencyNs.length, elapsedNs };
    const reason = decideWarmup(state, rule);
    if (reason !== "continue") {
      return { iterations: latencyNs.length, reason, elapsedNs, windows, latencyNs };
    }
    const lastNs = latencyNs.at(-1) ?? 0;
    context.emit({ phase: "warmup", iterations: latencyNs.length, lastNs });
    await context.breathe();
    size = Math.min(maxWindow, Math.max(minWindow, Math.round(windowNs / Math.max(1, medianNs))));
  }
}
