// The first run of a program: a metric of its own, and the outputs that are checked before anything else is timed.
import type { ModelTensorMap } from "@fastgpu/core";
import type { JobContext, RemoteDevice } from "@fastgpu/runtime";
import { resolveTarget, type Target } from "./target.ts";

/** What to run. */
export interface FirstRunArgument {
  readonly target: Target;
  readonly inputs: ModelTensorMap;
}

/** What came out. */
export interface FirstRun {
  readonly outputs: ModelTensorMap;
  /** From the call to the end of the sync, ns. */
  readonly durationNs: number;
}

/** Runs a program once, all outputs fetched. */
export function runFirst(device: RemoteDevice, argument: FirstRunArgument): Promise<FirstRun> {
  const module = new URL("../../dist/jobs/first-run.js", import.meta.url).href;
  return device.runJob({ module, name: "firstRun" }, argument);
}

/** The job; call it through `runFirst`. */
export async function firstRun(
  context: JobContext<never>,
  { target, inputs }: FirstRunArgument,
): Promise<FirstRun> {
  const executable = resolveTarget(context, target);
  const startedAt = process.hrtime.bigint();
  const outputs = await executable.run(inputs);
  await executable.sync();
  return { outputs, durationNs: Number(process.hrtime.bigint() - startedAt) };
}
