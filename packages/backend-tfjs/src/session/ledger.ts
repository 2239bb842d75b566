// The counters of one device, kept by everything that holds tensors or starts runs on it.
import { FastGpuError, type Counters } from "@fastgpu/core";

/** Mutable counts behind `Device.counters()`. */
export class Ledger {
  dispatches = 0;
  pipelinesCompiled = 0;
  bytesUp = 0;
  bytesDown = 0;
  private readonly limitBytes: number;
  private liveBytes = 0;
  private peakBytes = 0;
  private liveTensors = 0;

  /** @param limitBytes - upper bound for the tensors held */
  constructor(limitBytes: number = Infinity) {
    this.limitBytes = limitBytes;
  }

  /**
   * Notes a tensor that is held from now on.
   *
   * @throws {FastGpuError} with code OUT_OF_MEMORY beyond the device's memory limit
   */
  hold(bytes: number): void {
    if (this.liveBytes + bytes > this.limitBytes) {
      throw new FastGpuError(
        "OUT_OF_MEMORY",
        `tfjs: tensors must fit memoryLimitBytes=${this.limitBytes}, got ${this.liveBytes + bytes}`,
      );
    }
    this.liveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    this.liveTensors++;
  }

  /** Notes that a held tensor is given up. */
  release(bytes: number): void {
    this.liveBytes -= bytes;
    this.liveTensors--;
  }

  /** The counts now. */
  snapshot(): Counters {
    const { dispatches, pipelinesCompiled, bytesUp, bytesDown } = this;
    const { liveBytes, peakBytes, liveTensors } = this;
    return {
      dispatches,
      pipelinesCompiled,
      bytesUp,
      bytesDown,
      liveBytes,
      peakBytes,
      liveTensors,
    };
  }
}
