// A compiled program: its tape, its constants on the engine, and its slots.
import {
  formatType,
  GraphError,
  sameShape,
  sizeOf,
  typeBytes,
  type DeviceLedger,
  type Executable,
  type HostTensor,
  type KernelTiming,
  type TensorMap,
} from "@fastgpu/core";
import type { EngineTensor } from "../engines/tfjs.ts";
import type { Binding, LoweredGraph } from "../lower/lower-graph.ts";
import { Player, type Registers } from "../tape/player.ts";
import type { Edge } from "../tape/tape.ts";
import type { DeviceState, Slot } from "./device-state.ts";
import { engineError } from "./engine-error.ts";
import type { EngineQueue } from "./engine-queue.ts";
import { download, upload } from "./host-tensor.ts";
import { Profile } from "./profile.ts";

/** What an executable needs from its device. */
export interface ExecutableParts {
  readonly lowered: LoweredGraph;
  readonly state: DeviceState | undefined;
  readonly queue: EngineQueue;
  readonly ledger: DeviceLedger;
  /** Where kernels run, for profiles. */
  readonly provider: string;
  /** Resolves when the engine has done what it was given. */
  readonly finish: () => Promise<void>;
  /** See {@link LoadedEngine.check}. */
  readonly check: (() => void) | undefined;
  /** Called once, when the executable is disposed. */
  readonly onDispose: (executable: Executable) => void;
}

interface BoundSlot {
  readonly edge: Edge;
  readonly slot: Slot;
}

/** See {@link Executable}. */
export class TapeExecutable implements Executable {
  private readonly parts: ExecutableParts;
  private readonly player: Player;
  private readonly read: readonly BoundSlot[];
  private readonly replaced: readonly BoundSlot[];
  private latestInputs: TensorMap | undefined;
  private isDisposed = false;

  /**
   * Places the constants; the caller must hold the queue.
   *
   * @throws {GraphError} if the state lacks a slot or has one of another type
   */
  constructor(parts: ExecutableParts) {
    this.parts = parts;
    const { lowered, state } = parts;
    const bind = ({ edge, name, type }: Binding): BoundSlot => {
      if (state === undefined) {
        throw new GraphError(`tfjs: a graph with state must be compiled with one, got "${name}"`);
      }
      return { edge, slot: state.slot(name, type) };
    };
    this.read = lowered.state.map(bind);
    this.replaced = lowered.next.map(bind);
    this.player = new Player(lowered.tape);
  }

  /** See {@link Executable.run}. */
  run(inputs: TensorMap, fetch?: readonly string[]): Promise<TensorMap> {
    return this.parts.queue.run(() => this.step(inputs, fetch));
  }

  /** See {@link Executable.sync}. */
  sync(): Promise<void> {
    return this.parts.queue.run(() => this.parts.finish());
  }

  /** See {@link Executable.timings}: a run of the latest inputs, each kernel waited for; state stays. */
  timings(): Promise<readonly KernelTiming[]> {
    return this.parts.queue.run(async () => {
      this.checkAlive();
      if (this.latestInputs === undefined) return [];
      const profile = new Profile(this.parts.provider, this.parts.finish);
      const uploaded = this.uploadAll(this.latestInputs);
      try {
        const registers = await this.player.play(
          [...uploaded, ...this.slotTensors()],
          profile.observe,
        );
        this.freeKept(registers);
      } finally {
        for (const [, tensor] of uploaded) tensor.dispose();
      }
      return profile.timings;
    });
  }

  /** See {@link Executable.dispose}. */
  dispose(): Promise<void> {
    return this.parts.queue.run(() => {
      if (!this.isDisposed) {
        this.isDisposed = true;
        this.latestInputs = undefined;
        this.player.dispose();
        this.parts.onDispose(this);
      }
      return Promise.resolve();
    });
  }

  private async step(inputs: TensorMap, fetch: readonly string[] | undefined): Promise<TensorMap> {
    this.checkAlive();
    const outputs = this.wanted(fetch);
    const uploaded = this.uploadAll(inputs);
    let registers: Registers;
    try {
      registers = await this.player.play([...uploaded, ...this.slotTensors()]);
    } catch (error) {
      for (const [, tensor] of uploaded) tensor.dispose();
      throw engineError("a run", error);
    }
    this.latestInputs = inputs;
    this.parts.ledger.dispatches += this.player.length;
    try {
      const results: Record<string, HostTensor> = {};
      for (const { name, edge, type } of outputs) {
        const tensor = registers[edge];
        if (tensor === undefined) continue;
        results[name] = await download(tensor, type);
        this.parts.ledger.bytesDown += typeBytes(type);
      }
      this.parts.check?.();
      this.replaceSlots(registers);
      return results;
    } catch (error) {
      throw engineError("reading a result", error);
    } finally {
      this.freeKept(registers);
      for (const [, tensor] of uploaded) tensor.dispose();
    }
  }

  /** New tensors into the slots: all are made before any old one goes, since slots may exchange their values. */
  private replaceSlots(registers: Registers): void {
    const fresh = this.replaced.map(({ edge }) => registers[edge]?.clone());
    this.replaced.forEach(({ slot }, i) => {
      const tensor = fresh[i];
      if (tensor === undefined) return;
      slot.tensor.dispose();
      slot.tensor = tensor;
    });
  }

  /** Frees kept registers that a call has filled; constants, inputs and state stay. */
  private freeKept(registers: Registers): void {
    const { outputs, next, tape } = this.parts.lowered;
    const made = new Set(tape.calls.flatMap(({ results }) => results));
    for (const edge of new Set([...outputs, ...next].map((binding) => binding.edge))) {
      if (made.has(edge)) registers[edge]?.dispose();
    }
  }

  private slotTensors(): (readonly [Edge, EngineTensor])[] {
    return this.read.map(({ edge, slot }) => [edge, slot.tensor] as const);
  }

  private uploadAll(inputs: TensorMap): (readonly [Edge, EngineTensor])[] {
    const { lowered, ledger } = this.parts;
    for (const binding of lowered.inputs) checkInput(binding, inputs[binding.name]);
    return lowered.inputs.map(({ name, edge, type }) => {
      ledger.bytesUp += typeBytes(type);
      return [edge, upload(inputs[name] as HostTensor)] as const;
    });
  }

  private wanted(fetch: readonly string[] | undefined): readonly Binding[] {
    const { outputs } = this.parts.lowered;
    if (fetch === undefined) return outputs;
    return fetch.map((name) => {
      const output = outputs.find((candidate) => candidate.name === name);
      if (output !== undefined) return output;
      const known = outputs.map((candidate) => candidate.name).join(", ");
      throw new GraphError(`tfjs: fetch must name outputs, got "${name}", not in [${known}]`);
    });
  }

  private checkAlive(): void {
    if (this.isDisposed) throw new GraphError("tfjs: an executable must not be disposed, got one");
  }
}

function checkInput({ name, type }: Binding, value: HostTensor | undefined): void {
  if (value?.dtype !== type.dtype || !sameShape(value.shape, type.shape)) {
    const found = value === undefined ? "none" : formatType(value);
    throw new GraphError(`tfjs: input "${name}" must be ${formatType(type)}, got ${found}`);
  }
  const size = sizeOf(type.shape);
  if (value.data.length !== size) {
    throw new GraphError(
      `tfjs: input "${name}" must hold ${size} elements, got ${value.data.length}`,
    );
  }
}
