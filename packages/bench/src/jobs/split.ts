// Where the time of an iteration goes, from a few iterations after the counted ones: the engine's own account where it
// has one, else what can be seen from outside.
import type { ModelTensorMap, RunSplit } from "@fastgpu/core";
import { median, sortSamples, type StepTimeSplit } from "@fastgpu/results";
import type { JobContext, RemoteDevice } from "@fastgpu/runtime";
import { resolveTarget, type Runnable, type Target } from "./target.ts";

/** What to run. */
export interface SplitArgument {
  readonly target: Target;
  readonly inputs: readonly ModelTensorMap[];
  readonly fetch: readonly string[];
}

const iterations = 30;
/** Long steps are split fewer times. */
const maxElapsedMs = 500;

/** Mean time per iteration by activity; undefined if nothing can be told. */
export function splitOn(
  device: RemoteDevice,
  argument: SplitArgument,
): Promise<StepTimeSplit | undefined> {
  const module = new URL("../../dist/jobs/split.js", import.meta.url).href;
  return device.runJob({ module, name: "splitIterations" }, argument);
}

/** The job; call it through `splitOn`. */
export async function splitIterations(
  context: JobContext<never>,
  { target, inputs, fetch }: SplitArgument,
): Promise<StepTimeSplit | undefined> {
  const executable = resolveTarget(context, target);
  const next = (turn: number): ModelTensorMap => inputs[turn % inputs.length] ?? {};
  if (executable.split === undefined) return splitFromOutside(executable, next, fetch);
  const splits: RunSplit[] = [];
  const endMs = performance.now() + maxElapsedMs;
  while (splits.length < iterations && (splits.length === 0 || performance.now() < endMs)) {
    splits.push(await executable.split(next(splits.length), fetch));
  }
  return meanOf(splits);
}

/** Download as what fetching costs, compute as the sum of the kernels, host as the rest. */
async function splitFromOutside(
  executable: Runnable,
  next: (turn: number) => ModelTensorMap,
  fetch: readonly string[],
): Promise<StepTimeSplit | undefined> {
  const kernels = (await executable.timings?.()) ?? [];
  if (kernels.length === 0) return undefined;
  const computeNs = Math.round(kernels.reduce((sum, { durationNs }) => sum + durationNs, 0));
  const fetched: number[] = [];
  const dropped: number[] = [];
  const endMs = performance.now() + maxElapsedMs;
  for (let turn = 0; turn < iterations && (turn === 0 || performance.now() < endMs); turn++) {
    for (const [names, times] of [
      [fetch, fetched],
      [[], dropped],
    ] as const) {
      const startMs = performance.now();
      await executable.run(next(turn), names);
      await executable.sync();
      times.push((performance.now() - startMs) * 1e6);
    }
  }
  const totalNs = median(sortSamples(fetched));
  const downloadNs = Math.round(Math.max(0, totalNs - median(sortSamples(dropped))));
  // Kernels that overlap may add up to more than the whole.
  const hostNs = Math.round(Math.max(0, totalNs - downloadNs - computeNs));
  return { hostNs, computeNs, downloadNs };
}

function meanOf(splits: readonly RunSplit[]): StepTimeSplit {
  const parts = ["hostNs", "uploadNs", "computeNs", "downloadNs"] as const;
  const entries = parts.flatMap((part) => {
    const values = splits.flatMap((split) => split[part] ?? []);
    if (values.length === 0) return [];
    return [[part, Math.round(values.reduce((sum, ns) => sum + ns, 0) / values.length)] as const];
  });
  return Object.fromEntries(entries);
}
