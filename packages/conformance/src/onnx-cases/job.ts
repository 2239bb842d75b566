// The job that runs official cases inside a backend process, next to the device whose engine opens the models.
import type { CaseOutcome, ConformanceReport, Skip } from "../run-conformance.ts";
import { runOnnxCases, type ModelOpener } from "./run-onnx-cases.ts";

/** What the job is told; structured-clone data. */
export interface OnnxCasesArgument {
  /** Folder of cases, an absolute path. */
  readonly folder: string;
  /** Runs only the cases whose name contains this text; all by default. */
  readonly filter?: string;
  readonly skips?: readonly Skip[];
}

/** The part of a runtime's job context that the job uses. */
export interface OnnxCasesContext {
  readonly device: ModelOpener;
  readonly signal: AbortSignal;
  /** Gets each outcome as its case ends. */
  readonly emit: (outcome: CaseOutcome) => void;
}

/** Where a runtime finds the job. */
export const onnxCasesJob: { readonly module: string; readonly name: string } = {
  module: new URL("../../dist/onnx-cases/job.js", import.meta.url).href,
  name: "onnxCases",
};

/** The job; a runtime calls it by `onnxCasesJob`. */
export function onnxCases(
  { device, signal, emit }: OnnxCasesContext,
  { folder, filter = "", skips = [] }: OnnxCasesArgument,
): Promise<ConformanceReport> {
  return runOnnxCases(device, folder, {
    filter: (name) => name.includes(filter),
    skips,
    signal,
    onCase: emit,
  });
}
