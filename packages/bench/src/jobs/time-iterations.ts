// The inner loop of a measurement, driven by tinybench in batches. Within a batch the end of one sample is the begin of
// the next: one reading of the clock per sample, and no time between samples that belongs to none.
import { Bench } from "tinybench";
import { UsageError, type ModelTensorMap } from "@fastgpu/core";
import type { Runnable } from "./target.ts";

type Subject = Pick<Runnable, "run" | "sync" | "isSynchronous">;

/** What is run again and again. */
export interface Work {
  readonly executable: Subject;
  /** Inputs of successive iterations, used in turn; at least one. */
  readonly inputs: readonly ModelTensorMap[];
  /** Outputs that each iteration brings back. */
  readonly fetch: readonly string[];
  /** Position of the next inputs. */
  turn: number;
}

/** Both must be reached before the loop ends. */
export interface LoopLimits {
  readonly minSamples: number;
  readonly minElapsedNs: number;
  /** Iterations between two readings of the clock; default 1. */
  readonly iterationsPerSample?: number;
}

/** Samples in order. */
export interface Samples {
  /** Mean duration of an iteration of each sample, device sync included, integer ns; at least one. */
  readonly latencyNs: number[];
  /** Begins of the batches that the samples were taken in; within one the samples follow each other without a gap. */
  readonly batches: { readonly firstSample: number; readonly startedAtMs: number }[];
}

/** A batch takes about this long, so that what happens between batches is seldom. */
const batchMs = 10;

/** Work at its first inputs. @throws {UsageError} without inputs */
export function workOf(
  executable: Subject,
  inputs: readonly ModelTensorMap[],
  fetch: readonly string[],
): Work {
  if (inputs.length === 0) throw new UsageError("sample: there must be inputs, got none");
  return { executable, inputs, fetch, turn: 0 };
}

/** Times iterations one after another. */
export async function timeIterations(
  work: Work,
  { minSamples, minElapsedNs, iterationsPerSample = 1 }: LoopLimits,
): Promise<Samples> {
  const samples: Samples = { latencyNs: [], batches: [] };
  const bench = new Bench({
    iterations: 1,
    time: minElapsedNs / 1e6,
    warmup: false,
    throws: true,
  });
  let size = Math.max(1, minSamples);
  const batch = async (): Promise<{ readonly overriddenDuration: number }> => {
    const overriddenDuration = await timeBatch(work, size, iterationsPerSample, samples);
    const left = minElapsedNs / 1e6 - overriddenDuration;
    size = Math.max(1, Math.floor((size * Math.min(batchMs, left)) / overriddenDuration) || 1);
    return { overriddenDuration };
  };
  await bench.add("batch", batch, { async: true }).run();
  return samples;
}

/** @returns Duration of the batch, ms. */
async function timeBatch(
  work: Work,
  count: number,
  iterationsPerSample: number,
  { latencyNs, batches }: Samples,
): Promise<number> {
  const { executable, inputs, fetch } = work;
  const last = inputs.length - 1;
  const isSynchronous = executable.isSynchronous === true;
  let { turn } = work;
  const startMs = performance.now();
  let beforeMs = startMs;
  batches.push({ firstSample: latencyNs.length, startedAtMs: startMs });
  for (let sample = 0; sample < count; sample++) {
    for (let iteration = 0; iteration < iterationsPerSample; iteration++) {
      await executable.run(inputs[turn] ?? {}, fetch);
      if (!isSynchronous) await executable.sync();
      turn = turn < last ? turn + 1 : 0;
    }
    const afterMs = performance.now();
    latencyNs.push(Math.round(((afterMs - beforeMs) * 1e6) / iterationsPerSample));
    beforeMs = afterMs;
  }
  work.turn = turn;
  return beforeMs - startMs;
}
