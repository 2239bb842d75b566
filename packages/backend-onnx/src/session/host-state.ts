// State slots. In host memory a run writes a slot over itself where that is proven right (lower/in-place.ts); others are
// double-buffered: a run reads the front buffer and writes the back buffer, then they change places, because ONNX Runtime
// may order and fuse nodes so that an output is written before its input was read for the last time. On an accelerator
// the engine makes a new buffer for every output, and the one that was read is freed.
import {
  formatType,
  GraphError,
  typeBytes,
  type DeviceLedger,
  type Graph,
  type HostTensor,
  type RunQueue,
  type State,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import type { Tensor } from "onnxruntime-node";
import { allocateTensor, copyOut, dataOf } from "./host-tensor.ts";
import type { AcceleratorMemory } from "./accelerator-memory.ts";

/** One slot; its back buffer exists once some program replaces it by another buffer. */
export interface Slot {
  readonly name: string;
  readonly type: TensorType;
  front: Tensor;
  back: Tensor | undefined;
  /** True after a run that wrote it in place failed: it may hold parts of two steps, until it is written again. */
  isTorn: boolean;
}

/** Frees a tensor in an accelerator's memory; the garbage collector does that for host memory. */
export function freeTensor(tensor: Tensor): void {
  if (tensor.location === "gpu-buffer") tensor.dispose();
}

/** @throws {GraphError} if a failed run may have left the slot half written */
export function checkWhole({ name, isTorn }: Slot): void {
  if (!isTorn) return;
  throw new GraphError(
    `onnx: state "${name}" must be whole, got one that a failed run left half written; write it again`,
  );
}

/** The state of a device. */
export class HostState implements State {
  private readonly slots = new Map<string, Slot>();
  private readonly queue: RunQueue;
  private readonly ledger: DeviceLedger;
  private readonly memory: AcceleratorMemory | undefined;
  private isDisposed = false;

  /**
   * Copies the initial values to host memory.
   *
   * @param memory - given if the state shall live in an accelerator's memory; see `moveIn`
   */
  constructor(
    initial: TensorMap,
    queue: RunQueue,
    ledger: DeviceLedger,
    memory?: AcceleratorMemory,
  ) {
    this.queue = queue;
    this.ledger = ledger;
    this.memory = memory;
    for (const [name, value] of Object.entries(initial)) {
      const type = { dtype: value.dtype, shape: value.shape };
      ledger.hold(typeBytes(type));
      const front = allocateTensor(type);
      dataOf(front, type.dtype).set(value.data);
      this.slots.set(name, { name, type, front, back: undefined, isTorn: false });
      ledger.bytesUp += typeBytes(type);
    }
  }

  /** Brings values from host memory to where the state lives; the caller must hold the queue. */
  async moveIn(): Promise<void> {
    const { memory } = this;
    if (memory === undefined) return;
    for (const slot of this.slots.values()) {
      // Nothing can be bound to a buffer of size 0.
      if (slot.front.location === "gpu-buffer" || typeBytes(slot.type) === 0) continue;
      slot.front = await memory.upload(slot.front, slot.type);
    }
  }

  /**
   * The slot of a graph.
   *
   * @throws {GraphError} if there is none of that name and type
   */
  slot(name: string, type: TensorType): Slot {
    const slot = this.find(name);
    if (formatType(slot.type) !== formatType(type)) {
      throw new GraphError(
        `onnx: state "${name}" must be ${formatType(type)}, got ${formatType(slot.type)}`,
      );
    }
    return slot;
  }

  /** Copies of the slots a graph reads, for constants; the caller must hold the queue. */
  snapshot(graph: Graph): Promise<TensorMap> {
    const constant = graph.state.filter((slot) => slot.next === undefined);
    return this.copies(constant.map(({ name }) => this.find(name)));
  }

  /** Gives a slot its back buffer, if it needs one. */
  doubleBuffer(slot: Slot): void {
    if (slot.back !== undefined || this.memory !== undefined) return;
    this.ledger.hold(typeBytes(slot.type));
    slot.back = allocateTensor(slot.type);
  }

  /** See {@link State.read}. */
  read(names?: readonly string[]): Promise<TensorMap> {
    return this.queue.run(async () => {
      const slots = (names ?? [...this.slots.keys()]).map((name) => this.find(name));
      for (const slot of slots) this.ledger.bytesDown += typeBytes(slot.type);
      return this.copies(slots);
    });
  }

  /** See {@link State.write}. */
  write(values: TensorMap): Promise<void> {
    return this.queue.run(async () => {
      const entries = Object.entries(values);
      for (const [name, value] of entries) this.slot(name, value);
      for (const [name, value] of entries) {
        const slot = this.find(name);
        if (slot.front.location === "gpu-buffer") {
          freeTensor(slot.front);
          slot.front = allocateTensor(slot.type);
        }
        dataOf(slot.front, value.dtype).set(value.data);
        slot.isTorn = false;
        this.ledger.bytesUp += typeBytes(value);
      }
      await this.moveIn();
    });
  }

  /** See {@link State.dispose}. */
  dispose(): Promise<void> {
    return this.queue.run(() =>
      settled(() => {
        if (this.isDisposed) return;
        this.isDisposed = true;
        for (const slot of this.slots.values()) {
          this.ledger.release(typeBytes(slot.type));
          freeTensor(slot.front);
          if (slot.back !== undefined) this.ledger.release(typeBytes(slot.type));
        }
        this.slots.clear();
      }),
    );
  }

  private async copies(slots: readonly Slot[]): Promise<TensorMap> {
    const values: Record<string, HostTensor> = {};
    for (const slot of slots) {
      checkWhole(slot);
      const { name, front, type } = slot;
      values[name] =
        front.location === "gpu-buffer" && this.memory !== undefined
          ? await this.memory.download(front, type)
          : copyOut(front, type);
    }
    return values;
  }

  private find(name: string): Slot {
    const slot = this.slots.get(name);
    if (slot === undefined) {
      const known = this.isDisposed ? "a disposed state" : `[${[...this.slots.keys()].join(", ")}]`;
      throw new GraphError(`onnx: state must have the slot "${name}", got ${known}`);
    }
    return slot;
  }
}

/** The outcome of a synchronous body as a promise, so that what it throws rejects. */
function settled<T>(body: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(body());
  });
}
