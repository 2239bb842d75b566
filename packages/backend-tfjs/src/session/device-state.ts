// State slots: tensors that stay on the engine from run to run. A run puts a new tensor into a slot and frees the old one.
import {
  formatType,
  GraphError,
  typeBytes,
  type DeviceLedger,
  type Graph,
  type HostTensor,
  type State,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import type { EngineTensor } from "../engines/tfjs.ts";
import { download, upload } from "./host-tensor.ts";
import type { EngineQueue } from "./engine-queue.ts";

/** One slot. */
export interface Slot {
  readonly name: string;
  readonly type: TensorType;
  tensor: EngineTensor;
}

/** See {@link State}. */
export class DeviceState implements State {
  private readonly slots = new Map<string, Slot>();
  private readonly queue: EngineQueue;
  private readonly ledger: DeviceLedger;
  private readonly onDispose: (state: State) => void;
  private isDisposed = false;

  /** Copies the initial values to the engine; the caller must hold the queue. */
  constructor(
    initial: TensorMap,
    queue: EngineQueue,
    ledger: DeviceLedger,
    onDispose: (state: State) => void,
  ) {
    this.queue = queue;
    this.ledger = ledger;
    this.onDispose = onDispose;
    try {
      for (const [name, value] of Object.entries(initial)) {
        const type = { dtype: value.dtype, shape: value.shape };
        ledger.hold(typeBytes(type));
        this.slots.set(name, { name, type, tensor: upload(value) });
        ledger.bytesUp += typeBytes(type);
      }
    } catch (error) {
      this.free();
      throw error;
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
        `tfjs: state "${name}" must be ${formatType(type)}, got ${formatType(slot.type)}`,
      );
    }
    return slot;
  }

  /** Copies of the slots that a graph reads and leaves alone; the caller must hold the queue. */
  snapshot(graph: Graph): Promise<TensorMap> {
    const constant = graph.state.filter((slot) => slot.next === undefined);
    return this.copies(constant.map(({ name }) => this.find(name)));
  }

  /** See {@link State.read}. */
  read(names?: readonly string[]): Promise<TensorMap> {
    return this.queue.run(() => {
      const slots = (names ?? [...this.slots.keys()]).map((name) => this.find(name));
      for (const slot of slots) this.ledger.bytesDown += typeBytes(slot.type);
      return this.copies(slots);
    });
  }

  /** See {@link State.write}. */
  write(values: TensorMap): Promise<void> {
    return this.queue.run(() => {
      const entries = Object.entries(values).map(
        ([name, value]) => [this.slot(name, value), value] as const,
      );
      for (const [slot, value] of entries) {
        const fresh = upload(value);
        slot.tensor.dispose();
        slot.tensor = fresh;
        this.ledger.bytesUp += typeBytes(value);
      }
      return Promise.resolve();
    });
  }

  /** See {@link State.dispose}. */
  dispose(): Promise<void> {
    return this.queue.run(() => {
      if (!this.isDisposed) this.free();
      return Promise.resolve();
    });
  }

  private free(): void {
    this.isDisposed = true;
    for (const { type, tensor } of this.slots.values()) {
      tensor.dispose();
      this.ledger.release(typeBytes(type));
    }
    this.slots.clear();
    this.onDispose(this);
  }

  private async copies(slots: readonly Slot[]): Promise<TensorMap> {
    const values: Record<string, HostTensor> = {};
    for (const { name, tensor, type } of slots) values[name] = await download(tensor, type);
    return values;
  }

  private find(name: string): Slot {
    const slot = this.slots.get(name);
    if (slot === undefined) {
      const known = this.isDisposed ? "a disposed state" : `[${[...this.slots.keys()].join(", ")}]`;
      throw new GraphError(`tfjs: state must have the slot "${name}", got ${known}`);
    }
    return slot;
  }
}
