// An open GPUDevice with what everything on it shares: counters, buffers with out-of-memory as a typed error, errors that
// the API reports on the side, and the order of calls.
import { FastGpuError, type DeviceLedger } from "@fastgpu/core";
import type { AdapterTraits } from "../kernels/kernel.ts";
import { CalmPolling } from "../adapter/calm-polling.ts";
import { mapRead, usage } from "../adapter/gpu.ts";

/** Runs that may be in flight before the next one waits; deep queues hold memory and abort some drivers. */
const maxInFlight = 32;

/** Made with the first software adapter of the thread, whose waiting would take a core from it. */
let polling: CalmPolling | undefined;

/** See the file's purpose. */
export class GpuContext {
  readonly gpu: GPUDevice;
  readonly traits: AdapterTraits;
  readonly ledger: DeviceLedger;
  private failure: FastGpuError | undefined;
  private isDisposed = false;
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private inFlight = 0;

  constructor(gpu: GPUDevice, traits: AdapterTraits, ledger: DeviceLedger) {
    this.gpu = gpu;
    this.traits = traits;
    this.ledger = ledger;
    if (traits.isSoftware) polling ??= new CalmPolling();
    gpu.addEventListener("uncapturederror", ({ error }) => {
      this.failure ??= errorOf(error);
    });
    void gpu.lost.then(({ reason, message }) => {
      if (this.isDisposed) return;
      const detail = oneLine(message) || reason || "no reason given";
      this.failure = new FastGpuError(
        "DEVICE_LOST",
        `webgpu: the device must stay available, got lost: ${detail}; open it again`,
      );
    });
  }

  /**
   * Runs tasks in the order they are given; at once if none is waiting.
   *
   * @throws {FastGpuError} what the device reported since, of DEVICE_LOST, OUT_OF_MEMORY or ENGINE
   */
  inOrder<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.waiting === 0 ? start(task) : this.tail.then(task);
    this.waiting++;
    const settle = (): void => {
      this.waiting--;
    };
    this.tail = result.then(settle, settle);
    return result;
  }

  /** Resolves when every task given so far has settled. */
  async idle(): Promise<void> {
    await this.tail;
  }

  /** @throws {FastGpuError} if the device is lost, disposed, or has reported an error */
  check(): void {
    if (this.isDisposed) {
      throw new FastGpuError("ENGINE", "webgpu: the device must not be disposed, got one");
    }
    if (this.failure === undefined) return;
    const failure = this.failure;
    // A lost device stays lost; other errors belong to the call that they are reported to.
    if (failure.code !== "DEVICE_LOST") this.failure = undefined;
    throw failure;
  }

  /** Submits commands; resolves when fewer than the limit are in flight. */
  async submit(commands: readonly GPUCommandBuffer[]): Promise<void> {
    this.gpu.queue.submit([...commands]);
    this.inFlight++;
    polling?.noteActivity();
    const settle = (): void => {
      this.inFlight--;
      polling?.noteActivity();
    };
    const finished = this.gpu.queue.onSubmittedWorkDone().then(settle, settle);
    if (this.inFlight >= maxInFlight) await finished;
  }

  /** Resolves when all submitted work is done. */
  async finished(): Promise<void> {
    try {
      await this.gpu.queue.onSubmittedWorkDone();
    } catch (error) {
      this.check();
      throw engineError("waiting for the device", error);
    }
    this.check();
  }

  /**
   * Makes a buffer, at least 16 bytes.
   *
   * @throws {FastGpuError} with code OUT_OF_MEMORY if the device has no room
   */
  async buffer(label: string, bytes: number, usages: number): Promise<GPUBuffer> {
    const size = Math.max(16, bytes);
    this.ledger.hold(size);
    this.gpu.pushErrorScope("out-of-memory");
    let buffer: GPUBuffer | undefined;
    let cause: unknown;
    try {
      buffer = this.gpu.createBuffer({ label, size, usage: usages });
    } catch (error) {
      cause = error;
    }
    const error = await this.gpu.popErrorScope();
    if (buffer !== undefined && error === null) return buffer;
    this.ledger.release(size);
    this.check();
    const detail = oneLine(error?.message ?? String(cause));
    throw new FastGpuError(
      "OUT_OF_MEMORY",
      `webgpu: the device must have room for ${size} bytes (${label}), got: ${detail}`,
      { cause },
    );
  }

  /** Gives a buffer back. */
  free(buffer: GPUBuffer): void {
    this.ledger.release(buffer.size);
    buffer.destroy();
  }

  /** Copies mapped memory of a staging buffer to the host. */
  async download(staging: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    try {
      await staging.mapAsync(mapRead, 0, bytes);
    } catch (error) {
      this.check();
      throw engineError("reading back", error);
    }
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    this.check();
    return copy;
  }

  /** Marks the device as given up; destroys it. */
  dispose(): void {
    this.isDisposed = true;
    this.gpu.destroy();
  }
}

/** Usages of buffers that kernels read and write. */
export const storageUsage: number = usage.storage | usage.copySource | usage.copyTarget;

/** An error of the engine in one line. */
export function engineError(what: string, cause: unknown): FastGpuError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new FastGpuError("ENGINE", `webgpu: ${what} must succeed, got: ${oneLine(text)}`, {
    cause,
  });
}

function errorOf(error: GPUError): FastGpuError {
  const text = oneLine(error.message);
  return error.constructor.name === "GPUOutOfMemoryError"
    ? new FastGpuError("OUT_OF_MEMORY", `webgpu: the device must have room, got: ${text}`)
    : new FastGpuError("ENGINE", `webgpu: commands must be valid, got: ${text}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 500);
}

/** Starts a task so that what it throws at once rejects too. */
async function start<T>(task: () => T | Promise<T>): Promise<T> {
  return task();
}
