// Large inputs on their way to the device: through buffers that stay, mapped while they are free. Dawn's `writeBuffer` does the
// same with a ring of 4 MiB of its own; what does not fit gets a new buffer each time, whose memory the system has to clear:
// 2 to 4 times slower from 8 MiB on, equal or faster below (measured side by side on lavapipe, docs/webgpu.md).
import type { HostTensor } from "@fastgpu/core";
import { mapWrite, usage } from "../adapter/gpu.ts";
import type { GpuContext } from "./gpu-context.ts";

/** Larger tensors go through the ring, bytes. */
const threshold = 4 * 2 ** 20;

/** Buffers of one size, if no run needs more: one is filled while the other is copied. */
const enough = 2;

/** Whether a tensor goes through a ring; copies are in whole words. */
export function isRingWorth({ data }: HostTensor): boolean {
  return data.byteLength > threshold && data.byteLength % 4 === 0;
}

/** Buffers of one size. */
interface Ring {
  /** Buffers that become free, the earliest first. */
  readonly mapping: Promise<GPUBuffer>[];
  made: number;
}

/** See the file's purpose. For one caller at a time. */
export class UploadRing {
  private readonly context: GpuContext;
  private readonly rings = new Map<number, Ring>();
  private readonly used: GPUBuffer[] = [];
  private readonly all = new Set<GPUBuffer>();

  constructor(context: GpuContext) {
    this.context = context;
  }

  /**
   * Encodes the copy of a tensor into a buffer; the data may change after the promise is resolved.
   *
   * @throws {FastGpuError} with code OUT_OF_MEMORY, or DEVICE_LOST
   */
  async encode(
    encoder: GPUCommandEncoder,
    target: GPUBuffer,
    offsetBytes: number,
    { data }: HostTensor,
  ): Promise<void> {
    const { byteLength } = data;
    const staging = await this.take(byteLength);
    const source = new Uint8Array(data.buffer, data.byteOffset, byteLength);
    new Uint8Array(staging.getMappedRange(0, byteLength)).set(source);
    staging.unmap();
    encoder.copyBufferToBuffer(staging, 0, target, offsetBytes, byteLength);
    this.used.push(staging);
  }

  /** To be called once what was encoded is submitted: buffers become free when their copies are done. */
  recycle(): void {
    for (const staging of this.used.splice(0)) {
      const ring = this.ringOf(staging.size);
      const mapped = staging.mapAsync(mapWrite).then(() => staging);
      // Heard by whoever takes the buffer next, if anybody.
      mapped.catch(() => undefined);
      ring.mapping.push(mapped);
    }
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const staging of this.all) this.context.free(staging);
    this.all.clear();
    this.rings.clear();
  }

  private async take(bytes: number): Promise<GPUBuffer> {
    const ring = this.ringOf(bytes);
    const next = ring.made < enough ? undefined : ring.mapping.shift();
    try {
      return await (next ?? this.make(bytes, ring));
    } catch (error) {
      this.context.check();
      throw error;
    }
  }

  private async make(bytes: number, ring: Ring): Promise<GPUBuffer> {
    const usages = usage.mapWrite | usage.copySource;
    const made = await this.context.buffer("upload", bytes, usages);
    this.all.add(made);
    ring.made++;
    await made.mapAsync(mapWrite);
    return made;
  }

  private ringOf(bytes: number): Ring {
    const known = this.rings.get(bytes);
    if (known !== undefined) return known;
    const made: Ring = { mapping: [], made: 0 };
    this.rings.set(bytes, made);
    return made;
  }
}
