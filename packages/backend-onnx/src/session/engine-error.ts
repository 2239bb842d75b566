// Errors of ONNX Runtime as errors of FastGPU: one line, a stable code, the original as cause.
import { FastGpuError } from "@fastgpu/core";

/** The error to throw for one that the engine threw while doing `what`. */
export function engineError(what: string, cause: unknown): FastGpuError {
  if (cause instanceof FastGpuError) return cause;
  const line = engineText(cause);
  const isMemory = /bad_alloc|failed to allocate|out of memory|allocation failed/i.test(line);
  const message = `onnx: ${what} must succeed in ONNX Runtime, got: ${line}`;
  return isMemory
    ? new FastGpuError("OUT_OF_MEMORY", message, { cause })
    : new FastGpuError("ENGINE", message, { cause });
}

/** What the engine said, on one line, without control characters (names in a model may hold them) and C++ places. */
export function engineText(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return withoutPlace(text.replace(/[\s\p{Cc}]+/gu, " ").trim());
}

/** Cuts `/onnxruntime_src/file.cc:12 signature(arguments)`, which says nothing to users, out of a message. */
function withoutPlace(line: string): string {
  const place = /\/onnxruntime_src\/\S+:\d+ /.exec(line);
  if (place === null) return line;
  let depth = 0;
  for (let i = place.index + place[0].length; i < line.length; i++) {
    if (line[i] === "(") depth++;
    if (line[i] !== ")" || --depth > 0) continue;
    const rest = line.slice(i + 1).replace(/^(::<lambda\(\)>| const)* /, "");
    return rest === "" ? line : line.slice(0, place.index) + rest;
  }
  return line;
}
