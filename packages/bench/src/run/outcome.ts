// What the end of a trial means: whatever a backend does is an outcome. Errors in the user's files pass through, and so do
// those that are not FastGPU's own: they are faults of the program.
import { FastGpuError } from "@fastgpu/core";
import type { CrashedOutcome, Outcome, TrialPhase } from "@fastgpu/results";
import { BackendCrashedError, OutOfMemoryError } from "@fastgpu/runtime";
import { IncorrectOutputError, InvalidMeasurementError } from "../trial/trial.ts";

/** What is known beside the error itself. */
export interface EndOfTrial {
  readonly phase: TrialPhase;
  /** Longest time the trial may take, ms. */
  readonly timeoutMs: number;
  /** True if the trial was ended because that time was over. */
  readonly isOverdue: boolean;
  /** True if the device computes in the memory of the host. */
  readonly isHostDevice: boolean;
}

/** Codes that say that the work cannot be done there, not that it went wrong. */
const unsupportedCodes: readonly FastGpuError["code"][] = ["UNSUPPORTED_OP", "BACKEND_UNAVAILABLE"];

/** Codes that say that what the user gave is wrong: no backend is to blame, and every further trial of it fails alike. */
const inputCodes: readonly FastGpuError["code"][] = ["DATA", "SUITE", "MODEL"];

/**
 * The outcome of a trial that ended with an error.
 *
 * @throws the error itself if it is not one of FastGPU's, or is about the user's own files
 */
export function outcomeOf(error: unknown, end: EndOfTrial): Outcome {
  if (!(error instanceof FastGpuError) || inputCodes.includes(error.code)) throw error;
  const { message, code } = error;
  if (error instanceof IncorrectOutputError) {
    return { state: "incorrect", message, check: error.check };
  }
  if (error instanceof InvalidMeasurementError) {
    return { state: "invalid", message, measurements: error.measurements };
  }
  if (end.isOverdue || code === "TIMEOUT") return timeoutOf(message, end);
  if (code === "OUT_OF_MEMORY") {
    // A process that died of it ran out of host memory; an engine that reports it speaks of its device's.
    const hasDied = error instanceof OutOfMemoryError && error.end !== undefined;
    return {
      state: "out-of-memory",
      message,
      where: hasDied || end.isHostDevice ? "host" : "device",
    };
  }
  if (error instanceof BackendCrashedError) return crashedOf(error);
  if (code === "CANCELLED")
    return { state: "cancelled", message: "trial: was stopped by the user" };
  if (unsupportedCodes.includes(code)) return { state: "unsupported", message, reason: message };
  return { state: "failed", message, code };
}

function timeoutOf(message: string, { phase, timeoutMs, isOverdue }: EndOfTrial): Outcome {
  const words = isOverdue
    ? `trial: must end within ${timeoutMs} ms, got no end while in phase ${phase}; raise sampling.trialTimeoutSeconds`
    : message;
  return { state: "timeout", message: words, limitNs: timeoutMs * 1e6, phase };
}

function crashedOf({ message, end }: BackendCrashedError): CrashedOutcome {
  const { signal, exitCode, stderrTail } = end;
  return {
    state: "crashed",
    message,
    stderrTail,
    ...(signal === undefined ? {} : { signal }),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}
