// Errors of TensorFlow.js as errors of FastGPU: one line, a stable code, the original as cause.
import { FastGpuError } from "@fastgpu/core";

/** The error to throw for one that the engine threw while doing `what`. */
export function engineError(what: string, cause: unknown): FastGpuError {
  if (cause instanceof FastGpuError) return cause;
  const line = engineText(cause);
  const isMemory = /out of memory|allocation failed|cannot enlarge memory|array buffer allocation/i;
  const message = `tfjs: ${what} must succeed in TensorFlow.js, got: ${line}`;
  return isMemory.test(line)
    ? new FastGpuError("OUT_OF_MEMORY", message, { cause })
    : new FastGpuError("ENGINE", message, { cause });
}

/** What the engine said, on one line, without control characters. */
export function engineText(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
