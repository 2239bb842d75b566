// The counters of one device, kept by everything of a backend that holds memory or starts work on it.
import type { Counters } from "../backend.ts";
import { FastGpuError } from "../errors.ts";

/** Mutable counts behind `Device.counters()`. */
export class DeviceLedger {
  dispatches = 0;
  pipelinesCompiled = 0;
  bytesUp = 0;
  bytesDown = 0;
  private readonly backend: string;
  private readonly limitBytes: number;
  private liveBytes = 0;
  private peakBytes = 0;
  private liveTensors = 0;

  /**
   * @param backend - name that the refusal of more memory begins with
   * @param limitBytes - upper bound for the memory held
   */
  constructor(backend: string, limitBytes: number = Infinity) {
    this.backend = backend;
    this.limitBytes = limitBytes;
  }

  /**
   * Notes the memory of a tensor or buffer that is held from now on.
   *
   * @throws {FastGpuError} with code OUT_OF_MEMORY beyond the device's memory limit
   */
  hold(bytes: number): void {
    if (this.liveBytes + bytes > this.limitBytes) {
      throw new FastGpuError(
        "OUT_OF_MEMORY",
        `${this.backend}: tensors must fit memoryLimitBytes=${this.limitBytes}, got ${this.liveBytes + bytes}`,
      );
    }
    this.liveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    this.liveTensors++;
  }

  /** Notes that held memory is given up. */
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
