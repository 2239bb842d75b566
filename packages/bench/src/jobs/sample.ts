// Warm-up and sampling of a program inside the backend process: no message crosses the process border while a sample is
// taken.
import { calibrateTimerOverhead, hrtimeNowTimestampProvider } from "tinybench";
import { UsageError, type Counters, type ModelTensorMap } from "@fastgpu/core";
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
import { resolveTarget, type Target } from "./target.ts";
import { timeIterations } from "./time-iterations.ts";

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
  readonly stopReason: "enough" | "time-limit" | "raced";
  readonly timerOverheadNs: number;
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
  const { sampling } = argument;
  const iterate = iterationOf(context, argument);
  // Before the warm-up, which brings the calibration loop's own compilation to rest again.
  const timerOverheadNs = Math.round(calibrateTimerOverhead(hrtimeNowTimestampProvider) * 1e6);
  const warmup = await warmUp(context, iterate, argument.warmup);
  const countersBefore = context.device.counters();
  const latencyNs: number[] = [];
  let elapsedNs = 0;
  let decision: SamplingDecision | "raced" = decideSampling({ iterations: 0, elapsedNs }, sampling);
  const race = argument.race === undefined ? undefined : new Race(argument.race);
  while (decision === "continue") {
    const chunk = await timeIterations(iterate, { minIterations: 1, minElapsedNs: chunkNs });
    for (const sampleNs of chunk) {
      latencyNs.push(sampleNs);
      elapsedNs += sampleNs;
    }
    const iterations = latencyNs.length;
    decision = decideSampling({ iterations, elapsedNs }, sampling);
    if (race?.look(chunk) !== undefined && decision === "continue") decision = "raced";
    const share = Math.min(iterations / sampling.minIterations, elapsedNs / sampling.minElapsedNs);
    const lastNs = latencyNs.at(-1) ?? 0;
    context.emit({ phase: "sampling", iterations, lastNs, share: Math.min(1, share) });
    await context.breathe();
  }
  return {
    warmup,
    latencyNs: Float64Array.from(latencyNs),
    stopReason: decision,
    timerOverheadNs,
    countersBefore,
    countersAfter: context.device.counters(),
    memory: context.memory(),
  };
}

function iterationOf(
  context: JobContext<SampleProgress>,
  { target, inputs, fetch }: SampleArgument,
): () => Promise<void> {
  const executable = resolveTarget(context, target);
  const [first] = inputs;
  if (first === undefined) throw new UsageError("sample: there must be inputs, got none");
  let turn = 0;
  return async () => {
    const next = inputs[turn] ?? first;
    turn = turn + 1 < inputs.length ? turn + 1 : 0;
    await executable.run(next, fetch);
    await executable.sync();
  };
}

async function warmUp(
  context: JobContext<SampleProgress>,
  iterate: () => Promise<void>,
  rule: WarmupRule,
): Promise<Warmup> {
  const windows: WarmupWindow[] = [];
  const latencyNs: number[] = [];
  let elapsedNs = 0;
  let size = minWindow;
  for (;;) {
    const window = await timeIterations(iterate, { minIterations: size, minElapsedNs: 0 });
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
