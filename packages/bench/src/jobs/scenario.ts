// The load generator: queries of a scenario against a program, inside the backend process. A query's latency runs from
// its arrival, waiting included; arrivals of the server scenario do not wait for anything.
import type { ModelTensorMap } from "@fastgpu/core";
import { poissonArrivals, type ScenarioRun, type ScenarioSettings } from "@fastgpu/results";
import type { JobContext, RemoteDevice } from "@fastgpu/runtime";
import type { SampleProgress } from "./sample.ts";
import { resolveTarget, type Target } from "./target.ts";
import { workOf, type Work } from "./time-iterations.ts";

/** What to query. */
export interface ScenarioArgument {
  readonly target: Target;
  readonly inputs: readonly ModelTensorMap[];
  readonly fetch: readonly string[];
  /** Samples that one run of the program takes. */
  readonly batchSize: number;
  readonly settings: ScenarioSettings;
}

/** Between two signs of life. */
const breatheMs = 100;

/** Issues the queries of a scenario. */
export function scenarioOn(
  device: RemoteDevice,
  argument: ScenarioArgument,
  onProgress: (progress: SampleProgress) => void,
): Promise<ScenarioRun> {
  const module = new URL("../../dist/jobs/scenario.js", import.meta.url).href;
  const onEvent = (event: unknown): void => {
    onProgress(event as SampleProgress);
  };
  return device.runJob({ module, name: "runScenario" }, argument, { onEvent });
}

/** The job; call it through `scenarioOn`. */
export async function runScenario(
  context: JobContext<SampleProgress>,
  argument: ScenarioArgument,
): Promise<ScenarioRun> {
  const { target, inputs, fetch, settings, batchSize } = argument;
  const work = workOf(resolveTarget(context, target), inputs, fetch);
  const pace = new Pace(context, settings);
  if (settings.kind === "server") return serve(work, batchSize, settings, pace);
  if (settings.kind === "offline") return workOff(work, batchSize, settings, pace);
  return stream(work, batchSize, settings, pace);
}

/** One query after another, each of `samplesPerQuery` samples. */
async function stream(
  work: Work,
  batchSize: number,
  { samplesPerQuery }: ScenarioSettings,
  pace: Pace,
): Promise<ScenarioRun> {
  const runs = Math.ceil(samplesPerQuery / batchSize);
  const latencyNs: number[] = [];
  while (pace.goesOn(latencyNs.length)) {
    const arrivedMs = performance.now();
    for (let run = 0; run < runs; run++) await runOnce(work);
    latencyNs.push(nsSince(arrivedMs));
    await pace.breathe(latencyNs.length, latencyNs.at(-1) ?? 0);
  }
  return pace.end(latencyNs, latencyNs.length * samplesPerQuery, 1);
}

/** One query with all samples, which may be run in any batches. */
async function workOff(
  work: Work,
  batchSize: number,
  { samplesPerQuery, minDurationNs }: ScenarioSettings,
  pace: Pace,
): Promise<ScenarioRun> {
  const startMs = performance.now();
  let samples = 0;
  while (samples < samplesPerQuery || nsSince(startMs) < minDurationNs) {
    if (pace.isOver()) break;
    await runOnce(work);
    samples += batchSize;
    await pace.breathe(samples, 0);
  }
  return pace.end([nsSince(startMs)], samples, 1);
}

/** Queries of one sample by a Poisson process; what waits is run together, up to a batch. */
async function serve(
  work: Work,
  batchSize: number,
  { targetQueriesPerSecond = 1, seed }: ScenarioSettings,
  pace: Pace,
): Promise<ScenarioRun> {
  const arrivals = poissonArrivals(targetQueriesPerSecond, seed);
  const latencyNs: number[] = [];
  let waiting: number[] = [];
  let maxOutstanding = 0;
  const startMs = performance.now();
  let nextMs = startMs + arrivals.next().value / 1e6;
  let issued = 0;
  for (;;) {
    const now = performance.now();
    // A query that is due has arrived, whether or not anybody had time to look.
    while (nextMs <= now && pace.goesOn(issued)) {
      waiting.push(nextMs);
      issued++;
      nextMs = startMs + arrivals.next().value / 1e6;
    }
    maxOutstanding = Math.max(maxOutstanding, waiting.length);
    if (waiting.length === 0) {
      if (!pace.goesOn(issued)) break;
      await pause(nextMs - now);
      continue;
    }
    if (pace.isOver()) break;
    const batch = waiting.slice(0, batchSize);
    waiting = waiting.slice(batchSize);
    await runOnce(work);
    for (const arrivedMs of batch) latencyNs.push(nsSince(arrivedMs));
    await pace.breathe(latencyNs.length, latencyNs.at(-1) ?? 0);
  }
  // What was issued and never finished took at least until now.
  for (const arrivedMs of waiting) latencyNs.push(nsSince(arrivedMs));
  return pace.end(latencyNs, latencyNs.length - waiting.length, maxOutstanding);
}

async function runOnce(work: Work): Promise<void> {
  const { executable, inputs, fetch } = work;
  await executable.run(inputs[work.turn] ?? {}, fetch);
  if (executable.isSynchronous !== true) await executable.sync();
  work.turn = work.turn + 1 < inputs.length ? work.turn + 1 : 0;
}

/** Timers come late by a millisecond or two; the rest of a wait is spent in turns of the event loop. */
async function pause(ms: number): Promise<void> {
  const untilMs = performance.now() + ms;
  if (ms > 3) await new Promise((resolve) => setTimeout(resolve, ms - 3));
  while (performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve));
}

function nsSince(ms: number): number {
  return Math.max(0, Math.round((performance.now() - ms) * 1e6));
}

/** How long a scenario goes on, and its signs of life. */
class Pace {
  private readonly context: JobContext<SampleProgress>;
  private readonly settings: ScenarioSettings;
  private readonly startMs = performance.now();
  private breathedMs = this.startMs;
  private isCutShort = false;

  constructor(context: JobContext<SampleProgress>, settings: ScenarioSettings) {
    this.context = context;
    this.settings = settings;
  }

  /** Whether further queries are issued. */
  goesOn(issued: number): boolean {
    const { minQueries, minDurationNs } = this.settings;
    const isEnough = issued >= minQueries && nsSince(this.startMs) >= minDurationNs;
    return !isEnough && !this.isOver();
  }

  /** Whether the time limit has come. */
  isOver(): boolean {
    if (nsSince(this.startMs) < this.settings.maxDurationNs) return this.isCutShort;
    this.isCutShort = true;
    return true;
  }

  async breathe(iterations: number, lastNs: number): Promise<void> {
    if (performance.now() - this.breathedMs < breatheMs) return;
    this.context.emit({ phase: "sampling", iterations, lastNs });
    await this.context.breathe();
    this.breathedMs = performance.now();
  }

  end(latencyNs: readonly number[], samples: number, maxOutstanding: number): ScenarioRun {
    const { isCutShort } = this;
    return { latencyNs, elapsedNs: nsSince(this.startMs), samples, maxOutstanding, isCutShort };
  }
}
