// State slots in host memory, double-buffered: a run reads the front buffer of a slot and writes the back buffer, then
// they change places. An output is never written over its own input, because ONNX Runtime may fuse nodes so that an
// output is written before the input was read for the last time.
import {
  formatType,
  GraphError,
  typeBytes,
  type Graph,
  type State,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import type { Tensor } from "onnxruntime-node";
import { allocateTensor, copyOut, dataOf } from "./host-tensor.ts";
import type { Ledger } from "./ledger.ts";
import type { RunQueue } from "./run-queue.ts";

/** One slot; its back buffer exists once some program replaces it. */
export interface Slot {
  readonly name: string;
  readonly type: TensorType;
  front: Tensor;
  back: Tensor | undefined;
}

/** The state of a device that computes in host memory. */
export class HostState implements State {
  private readonly slots = new Map<string, Slot>();
  private readonly queue: RunQueue;
  private readonly ledger: Ledger;
  private isDisposed = false;

  /** Copies the initial values. */
  constructor(initial: TensorMap, queue: RunQueue, ledger: Ledger) {
    this.queue = queue;
    this.ledger = ledger;
    for (const [name, value] of Object.entries(initial)) {
      const type = { dtype: value.dtype, shape: value.shape };
      ledger.hold(typeBytes(type));
      const front = allocateTensor(type);
      dataOf(front, type.dtype).set(value.data);
      this.slots.set(name, { name, type, front, back: undefined });
      ledger.bytesUp += typeBytes(type);
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
  snapshot(graph: Graph): TensorMap {
    return Object.fromEntries(
      graph.state
        .filter((slot) => slot.next === undefined)
        .map(({ name }) => [name, copyOut(this.find(name).front, this.find(name).type)]),
    );
  }

  /** Gives a slot its back buffer. */
  doubleBuffer(slot: Slot): void {
    if (slot.back !== undefined) return;
    this.ledger.hold(typeBytes(slot.type));
    slot.back = allocateTensor(slot.type);
  }

  /** See {@link State.read}. */
  read(names?: readonly string[]): Promise<TensorMap> {
    return this.queue.run(() =>
      settled(() => {
        const slots = (names ?? [...this.slots.keys()]).map((name) => this.find(name));
        for (const slot of slots) this.ledger.bytesDown += typeBytes(slot.type);
        return Object.fromEntries(slots.map((slot) => [slot.name, copyOut(slot.front, slot.type)]));
      }),
    );
  }

  /** See {@link State.write}. */
  write(values: TensorMap): Promise<void> {
    return this.queue.run(() =>
      settled(() => {
        const entries = Object.entries(values);
        for (const [name, value] of entries) this.slot(name, value);
        for (const [name, value] of entries) {
          dataOf(this.find(name).front, value.dtype).set(value.data);
          this.ledger.bytesUp += typeBytes(value);
        }
      }),
    );
  }

  /** See {@link State.dispose}. */
  dispose(): Promise<void> {
    return this.queue.run(() =>
      settled(() => {
        if (this.isDisposed) return;
        this.isDisposed = true;
        for (const slot of this.slots.values()) {
          this.ledger.release(typeBytes(slot.type));
          if (slot.back !== undefined) this.ledger.release(typeBytes(slot.type));
        }
        this.slots.clear();
      }),
    );
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
