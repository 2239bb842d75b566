// The job behind `tune-kernels`, inside the backend process: asks a search strategy for sizes of each kernel, measures them
// on the device, and keeps what is faster than the engine's own choice also when both are measured once more.
import {
  FastGpuError,
  UsageError,
  type Graph,
  type KernelTuning,
  type TunableKernel,
} from "@fastgpu/core";
import type { JobContext } from "@fastgpu/runtime";
import { Search, type Problem, type TrialOutcome } from "@fastgpu/tuner";
import { kernelSpace } from "./kernel-space.ts";

/** What the job is told; structured-clone data. */
export interface TuneKernelsArgument {
  readonly graphs: readonly Graph[];
  readonly strategy: string;
  readonly seed: number;
  /** Choices measured for one kernel at most, at least 1. */
  readonly trials: number;
  /** Time to measure one choice, ms. */
  readonly budgetMs: number;
}

/** What came of one kernel. */
export interface TunedKernel {
  readonly name: string;
  readonly key: string;
  readonly choices: number;
  readonly measured: number;
  /** Choices that did not run or gave other results. */
  readonly failed: number;
  readonly defaultNs: number;
  /** Time of the choice that is used from now on. */
  readonly bestNs: number;
  readonly choice: Readonly<Record<string, number>>;
  /** False where the engine's own choice stays. */
  readonly isKept: boolean;
}

/** Where a runtime finds the job. */
export const tuneKernelsJob: { readonly module: string; readonly name: string } = {
  module: new URL("../../dist/jobs/tune-kernels.js", import.meta.url).href,
  name: "tuneKernels",
};

/** A gain below this share is not worth a stored choice. */
const leastGain = 0.03;

/**
 * The job; a runtime calls it by `tuneKernelsJob`.
 *
 * @throws {UsageError} if the backend has no kernels to tune
 */
export async function tuneKernels(
  { device, signal, emit, breathe }: JobContext<TunedKernel>,
  argument: TuneKernelsArgument,
): Promise<readonly TunedKernel[]> {
  const { tuning } = device;
  if (tuning === undefined) {
    throw new UsageError(
      `--backend: must have kernels to tune, got ${device.info.backend}, whose engine chooses for itself`,
    );
  }
  const kernels = new Map<string, TunableKernel>();
  for (const graph of argument.graphs) {
    for (const kernel of tuning.kernels(graph)) kernels.set(kernel.key, kernel);
  }
  const tuned: TunedKernel[] = [];
  for (const kernel of kernels.values()) {
    if (signal.aborted) break;
    const result = await tuneOne(tuning, kernel, argument, async () => {
      await breathe();
      return signal.aborted;
    });
    emit(result);
    tuned.push(result);
  }
  return tuned;
}

async function tuneOne(
  tuning: KernelTuning,
  kernel: TunableKernel,
  { strategy, seed, trials, budgetMs }: TuneKernelsArgument,
  isAborted: () => Promise<boolean>,
): Promise<TunedKernel> {
  const { key, name, choices } = kernel;
  const [own = {}] = choices;
  const measure = (choice: TunedKernel["choice"]): Promise<number> =>
    tuning.measure(key, choice, budgetMs);
  const { space, configurationOf, choiceOf, guess } = kernelSpace(choices);
  const problem = { space, objectives };
  const search = new Search({ problem, strategy, seed, prior: { guess } });
  let failed = 0;
  const tell = (choice: TunedKernel["choice"], outcome: TrialOutcome): void => {
    if (outcome.kind !== "ok") failed += 1;
    search.tell({ configuration: configurationOf(choice), outcome });
  };
  const defaultNs = await measure(own);
  tell(own, timed(defaultNs));
  let best = { choice: own, durationNs: defaultNs };
  while (search.history.length < trials && !(await isAborted())) {
    const [proposal] = search.ask();
    if (proposal === undefined) break;
    const choice = choiceOf(proposal.configuration);
    try {
      const durationNs = await measure(choice);
      tell(choice, timed(durationNs));
      if (durationNs < best.durationNs) best = { choice, durationNs };
    } catch (error) {
      if (!(error instanceof FastGpuError) || error.code === "DEVICE_LOST") throw error;
      tell(choice, { kind: "failed", cause: "error", detail: error.message });
    }
  }
  const base = { name, key, choices: choices.length, measured: search.history.length, failed };
  const stays = { ...base, defaultNs, bestNs: defaultNs, choice: own, isKept: false };
  if (best.choice === own) return stays;
  // The best of many is partly luck; what counts is the second time, next to the engine's own choice.
  const againNs = { own: await measure(own), best: await measure(best.choice) };
  if (againNs.best > (1 - leastGain) * againNs.own)
    return { ...stays, defaultNs: againNs.own, bestNs: againNs.own };
  await tuning.keep(key, best.choice, againNs.best);
  return {
    ...base,
    defaultNs: againNs.own,
    bestNs: againNs.best,
    choice: best.choice,
    isKept: true,
  };
}

const objectives: Problem["objectives"] = [{ metric: "durationNs", direction: "minimize" }];

function timed(durationNs: number): TrialOutcome {
  return { kind: "ok", values: { durationNs: { value: durationNs } } };
}
