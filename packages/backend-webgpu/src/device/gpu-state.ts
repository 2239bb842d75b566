// State slots on the device: all in one buffer, or in as few as its limits allow. A program may write a slot in place.
import {
  formatType,
  GraphError,
  sizeOf,
  type Graph,
  type HostTensor,
  type State,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import { usage } from "../adapter/gpu.ts";
import type { Address } from "../lower/compile.ts";
import { alignmentBytes } from "../lower/memory-plan.ts";
import { storageBytes } from "../lower/storage.ts";
import { storageUsage, type GpuContext } from "./gpu-context.ts";
import { copyBytes, emptyTensor, tensorAt, upload } from "./transfer.ts";

interface Slot {
  readonly name: string;
  readonly type: TensorType;
  /** Index of the buffer. */
  readonly buffer: number;
  readonly offsetBytes: number;
}

/** See {@link State}. */
export class GpuState implements State {
  private readonly context: GpuContext;
  private readonly slots: ReadonlyMap<string, Slot>;
  private readonly buffers: readonly GPUBuffer[];
  private readonly onDispose: (state: GpuState) => void;
  private isDisposed = false;

  private constructor(
    context: GpuContext,
    slots: ReadonlyMap<string, Slot>,
    buffers: readonly GPUBuffer[],
    onDispose: (state: GpuState) => void,
  ) {
    this.context = context;
    this.slots = slots;
    this.buffers = buffers;
    this.onDispose = onDispose;
  }

  /**
   * Places tensors on the device.
   *
   * @throws {GraphError} if one is larger than a binding may be
   */
  static async create(
    context: GpuContext,
    initial: TensorMap,
    onDispose: (state: GpuState) => void,
  ): Promise<GpuState> {
    const { slots, bufferBytes } = layOut(initial, context);
    const buffers: GPUBuffer[] = [];
    try {
      for (const bytes of bufferBytes) {
        buffers.push(await context.buffer("state", bytes, storageUsage));
      }
    } catch (error) {
      for (const buffer of buffers) context.free(buffer);
      throw error;
    }
    const state = new GpuState(context, slots, buffers, onDispose);
    state.put(initial);
    return state;
  }

  /** The buffer that addresses of this state name. */
  bufferOf(name: string): GPUBuffer | undefined {
    return this.buffers[Number(name.slice("state ".length))];
  }

  /** Every buffer of the state. */
  get allBuffers(): readonly GPUBuffer[] {
    return this.buffers;
  }

  /**
   * Where a slot of a graph lies.
   *
   * @throws {GraphError} if there is none of that name and type
   */
  address(name: string, type: TensorType): Address {
    const slot = this.checked(name, type);
    return { buffer: `state ${slot.buffer}`, offsetBytes: slot.offsetBytes };
  }

  /** Copies of the slots that a graph reads and leaves alone; for a caller whose turn it is. */
  async snapshot(graph: Graph): Promise<TensorMap> {
    const constant = graph.state.filter(({ next, node }) => next === undefined || next === node);
    const download = await this.startRead(constant.map(({ name }) => this.find(name)));
    return download();
  }

  /** See {@link State.read}. */
  async read(names?: readonly string[]): Promise<TensorMap> {
    const { context } = this;
    const pending = await context.inOrder(async () => {
      context.check();
      this.checkAlive();
      const slots = (names ?? [...this.slots.keys()]).map((name) => this.find(name));
      const download = await this.startRead(slots);
      return { slots, download };
    });
    // The copy is ordered; waiting for it must not hold up later calls.
    return pending.download();
  }

  /** See {@link State.write}. */
  write(values: TensorMap): Promise<void> {
    const { context } = this;
    return context.inOrder(() => {
      context.check();
      this.checkAlive();
      for (const [name, value] of Object.entries(values)) this.checked(name, value);
      this.put(values);
    });
  }

  /** See {@link State.dispose}. */
  dispose(): Promise<void> {
    return this.context.inOrder(() => {
      if (this.isDisposed) return;
      this.isDisposed = true;
      this.onDispose(this);
      for (const buffer of this.buffers) this.context.free(buffer);
    });
  }

  private put(values: TensorMap): void {
    const { context } = this;
    for (const [name, value] of Object.entries(values)) {
      const slot = this.find(name);
      upload(context.gpu.queue, this.holder(slot), slot.offsetBytes, value);
      context.ledger.bytesUp += value.data.byteLength;
    }
  }

  private async startRead(slots: readonly Slot[]): Promise<() => Promise<TensorMap>> {
    const { context } = this;
    let total = 0;
    const reads = slots.map((slot) => {
      const stagingBytes = total;
      total += copyBytes(slot.type);
      return { slot, stagingBytes };
    });
    const results = (bytes: ArrayBuffer | undefined): TensorMap =>
      Object.fromEntries(
        reads.map(({ slot: { name, type }, stagingBytes }): [string, HostTensor] => [
          name,
          bytes === undefined || sizeOf(type.shape) === 0
            ? emptyTensor(type)
            : tensorAt(bytes, stagingBytes, type),
        ]),
      );
    if (total === 0) return () => Promise.resolve(results(undefined));
    const staging = await context.buffer("read back", total, usage.mapRead | usage.copyTarget);
    const encoder = context.gpu.createCommandEncoder();
    for (const { slot, stagingBytes } of reads) {
      const bytes = copyBytes(slot.type);
      if (bytes === 0) continue;
      encoder.copyBufferToBuffer(this.holder(slot), slot.offsetBytes, staging, stagingBytes, bytes);
    }
    await context.submit([encoder.finish()]);
    context.ledger.bytesDown += total;
    return async () => {
      try {
        return results(await context.download(staging, total));
      } finally {
        context.free(staging);
      }
    };
  }

  private holder({ name, buffer }: Slot): GPUBuffer {
    const holder = this.buffers[buffer];
    if (holder === undefined) throw new GraphError(`webgpu: state "${name}" must have a buffer`);
    return holder;
  }

  private checked(name: string, type: TensorType): Slot {
    const slot = this.find(name);
    if (formatType(slot.type) === formatType(type)) return slot;
    throw new GraphError(
      `webgpu: state "${name}" must be ${formatType(slot.type)}, got ${formatType(type)}`,
    );
  }

  private find(name: string): Slot {
    const slot = this.slots.get(name);
    if (slot !== undefined && !this.isDisposed) return slot;
    const known = this.isDisposed ? "a disposed state" : `[${[...this.slots.keys()].join(", ")}]`;
    throw new GraphError(`webgpu: state must have the slot "${name}", got ${known}`);
  }

  private checkAlive(): void {
    if (this.isDisposed) throw new GraphError("webgpu: a state must not be disposed, got one");
  }
}

function layOut(
  initial: TensorMap,
  { traits }: GpuContext,
): { slots: ReadonlyMap<string, Slot>; bufferBytes: readonly number[] } {
  const limit = Math.min(traits.maxBindingBytes, traits.maxBufferBytes);
  const slots = new Map<string, Slot>();
  const bufferBytes: number[] = [];
  let end = Infinity;
  for (const [name, { dtype, shape }] of Object.entries(initial)) {
    const bytes = storageBytes({ dtype, elements: sizeOf(shape) });
    if (bytes > limit) {
      throw new GraphError(
        `webgpu: state "${name}" must fit the adapter's binding limit of ${limit} bytes, got ${bytes} for ${formatType({ dtype, shape })}`,
      );
    }
    if (end + bytes > limit) {
      bufferBytes.push(0);
      end = 0;
    }
    const buffer = bufferBytes.length - 1;
    slots.set(name, { name, type: { dtype, shape }, buffer, offsetBytes: end });
    bufferBytes[buffer] = end + bytes;
    end = Math.ceil((end + bytes) / alignmentBytes) * alignmentBytes;
  }
  return { slots, bufferBytes };
}
