// What a measuring job runs: a compiled graph, or the model file that the process has open.
import { UsageError, type KernelTiming, type ModelTensorMap, type RunSplit } from "@fastgpu/core";
import type { Handle, JobContext } from "@fastgpu/runtime";

/** A program in a backend process, as its caller knows it. */
export type Target =
  { readonly kind: "program"; readonly executable: Handle } | { readonly kind: "model-file" };

/** What programs and model files have in common. */
export interface Runnable {
  readonly isSynchronous?: boolean;
  run(inputs: ModelTensorMap, fetch?: readonly string[]): Promise<ModelTensorMap>;
  sync(): Promise<void>;
  timings?(): Promise<readonly KernelTiming[]>;
  /** Absent for model files and for backends that cannot tell. */
  split?(inputs: ModelTensorMap, fetch?: readonly string[]): Promise<RunSplit>;
}

const resourceKey = "model-file";

/** Keeps the opened model file for later jobs. */
export function keepModel(context: Pick<JobContext, "resources">, model: Runnable): void {
  context.resources.set(resourceKey, model);
}

/** The program itself. @throws {UsageError} if no model file is open */
export function resolveTarget(
  context: Pick<JobContext, "executable" | "resources">,
  target: Target,
): Runnable {
  if (target.kind === "program") return context.executable(target.executable);
  const model = context.resources.get(resourceKey) as Runnable | undefined;
  if (model === undefined) throw new UsageError("measure: a model file must be open, got none");
  return model;
}
