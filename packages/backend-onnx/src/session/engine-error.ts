// Errors of ONNX Runtime as errors of FastGPU: one line, a stable code, the original as cause.
import { FastGpuError } from "@fastgpu/core";

/** The error to throw for one that the engine threw while doing `what`. */
export function engineError(what: string, cause: unknown): FastGpuError {
  if (cause instanceof FastGpuError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const line = text.replace(/\s+/g, " ").trim();
  const isMemory = /bad_alloc|failed to allocate|out of memory|allocation failed/i.test(line);
  const message = `onnx: ${what} must succeed in ONNX Runtime, got: ${line}`;
  return isMemory
    ? new FastGpuError("OUT_OF_MEMORY", message, { cause })
    : new FastGpuError("ENGINE", message, { cause });
}
