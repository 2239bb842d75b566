// The error of a byte stream that holds something other than frames.
import { FastGpuError } from "@fastgpu/core";

/** The stream between thread and process is broken; the process must be restarted. */
export class FrameError extends FastGpuError {
  constructor(found: number) {
    super("ENGINE", `wire: stream must hold frames, got word 0x${found.toString(16)}`);
  }
}
