// A compiled program; its inputs and outputs lie in host memory. The path of one run is hot: it allocates nothing but
// what the engine's API and the caller's result need.
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
  type RunQueue,
  type RunSplit,
  type TensorData,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Binding, LoweredGraph } from "../lower/lower-graph.ts";
import { isCopyStop, type CopyStop } from "./copy-stop.ts";
import { engineError } from "./engine-error.ts";
import { checkWhole, freeTensor, type HostState, type Slot } from "./host-state.ts";
import { allocateTensor, dataOf, wrapData } from "./host-tensor.ts";
import { directRuns, noOptions, type DirectRuns } from "./direct-runs.ts";

/** Outputs below this many bytes are copied out of a buffer that lives on; larger ones get a new one in every run. */
const COPY_LIMIT_BYTES = 65_536;

/** What an executable needs from its device. */
export interface ExecutableParts {
  readonly session: InferenceSession;
  readonly lowered: Omit<LoweredGraph, "bytes" | "nodes">;
  readonly state: HostState | undefined;
  readonly queue: RunQueue;
  readonly ledger: DeviceLedger;
  /**
   * Whether the engine writes into buffers it is given. Where it chooses a place for each output it does not, and then
   * every output must be fetched.
   */
  readonly takesBuffers: boolean;
  /** How a run ends that fetches the model's `stop`. */
  readonly copyStop: CopyStop | undefined;
  /** Called once, when the executable is disposed. */
  readonly onDispose: (executable: Executable) => void;
  /** Runs the program once more under the profiler. */
  readonly profile: (feeds: Readonly<Record<string, Tensor>>) => Promise<readonly KernelTiming[]>;
}

interface BoundInput extends Binding {
  /** The caller's tensor of the latest run; the same object again needs no check. */
  latest: HostTensor | undefined;
  /** Own buffer, where the caller's memory cannot be given to the engine. */
  staging: Tensor | undefined;
}

interface BoundSlot {
  readonly edge: string;
  readonly slot: Slot;
  /** Whether a run writes the next value over the current one. */
  readonly isInPlace: boolean;
}

interface FetchedOutput extends Binding {
  /** Lives on from run to run; null if the output gets a new one in every run. */
  readonly buffer: Tensor | null;
  /** The elements of the buffer. */
  readonly elements: TensorData | undefined;
}

/** Outputs of one list of names. */
interface FetchPlan {
  readonly outputs: readonly FetchedOutput[];
  readonly fetches: Record<string, Tensor | null>;
  readonly bytes: number;
  /** Whether the engine writes everything into buffers it is given and makes no tensor of its own. */
  readonly hasBuffers: boolean;
}

/** See {@link Executable}. */
export class HostExecutable implements Executable {
  /** The engine's `run` resolves when the work is done, on an accelerator too: outputs lie in host memory then. */
  readonly isSynchronous: boolean;
  private readonly parts: ExecutableParts;
  private readonly inputs: readonly BoundInput[];
  private readonly read: readonly BoundSlot[];
  private readonly replaced: readonly BoundSlot[];
  private readonly feeds: Record<string, Tensor> = {};
  private readonly direct: DirectRuns | undefined;
  private readonly plans = new Map<string, FetchPlan>();
  private readonly inputBytes: number;
  private heldBytes: number[] = [];
  private latestFetch: readonly string[] | undefined;
  private latestPlan: FetchPlan | undefined;
  private isDisposed = false;

  /** @throws {GraphError} if the state lacks a slot or has one of another type */
  constructor(parts: ExecutableParts) {
    this.parts = parts;
    const { lowered, state } = parts;
    // State in an accelerator's memory may still be written when a run resolves.
    this.isSynchronous = parts.takesBuffers;
    this.direct = directRuns(parts.session);
    this.inputs = lowered.inputs.map((input) => ({
      ...input,
      latest: undefined,
      staging: undefined,
    }));
    this.inputBytes = lowered.inputs.reduce((sum, input) => sum + typeBytes(input.type), 0);
    const bind = ({ edge, name, type }: Binding): BoundSlot => {
      if (state === undefined) {
        throw new GraphError(`onnx: a graph with state must be compiled with one, got "${name}"`);
      }
      const isInPlace = parts.takesBuffers && lowered.inPlace.has(name);
      return { edge, slot: state.slot(name, type), isInPlace };
    };
    this.read = lowered.state.map(bind);
    this.replaced = lowered.next.map(bind);
    for (const { slot, isInPlace } of this.replaced) if (!isInPlace) state?.doubleBuffer(slot);
  }

  /** See {@link Executable.run}. */
  async run(inputs: TensorMap, fetch?: readonly string[]): Promise<TensorMap> {
    const { queue } = this.parts;
    const turn = queue.enter();
    if (turn !== undefined) await turn;
    try {
      const plan = this.prepare(inputs, fetch);
      let results: Results;
      try {
        // Awaited here and not in a function of its own: a promise more is 1% of a short run.
        results = await this.start(plan);
      } catch (error) {
        results = this.resultsAfter(error, plan);
      }
      return this.finish(plan, results);
    } finally {
      queue.leave();
    }
  }

  /** See {@link Executable.split}. Inputs are not copied where the engine takes the caller's memory: then no upload. */
  async split(inputs: TensorMap, fetch?: readonly string[]): Promise<RunSplit> {
    const { queue } = this.parts;
    const turn = queue.enter();
    if (turn !== undefined) await turn;
    try {
      const startMs = performance.now();
      for (const input of this.inputs) this.bindInput(input, inputs[input.name]);
      const boundMs = performance.now();
      const plan = this.prepare(inputs, fetch);
      const readyMs = performance.now();
      const results = await this.start(plan).catch((error: unknown) =>
        this.resultsAfter(error, plan),
      );
      const doneMs = performance.now();
      this.finish(plan, results);
      const endMs = performance.now();
      const ns = (ms: number): number => Math.round(ms * 1e6);
      return {
        hostNs: ns(readyMs - boundMs),
        uploadNs: ns(boundMs - startMs),
        computeNs: ns(doneMs - readyMs),
        downloadNs: ns(endMs - doneMs),
      };
    } finally {
      queue.leave();
    }
  }

  /** See {@link Executable.sync}. */
  sync(): Promise<void> {
    return this.parts.queue.idle();
  }

  /** See {@link Executable.timings}: a run of the latest inputs in a profiled twin of the session; state stays. */
  timings(): Promise<readonly KernelTiming[]> {
    return this.parts.queue.run(async () => {
      this.checkAlive();
      if (this.inputs.some((input) => input.latest === undefined)) return [];
      this.bindState();
      return this.parts.profile(this.feeds);
    });
  }

  /** See {@link Executable.dispose}. */
  dispose(): Promise<void> {
    return this.parts.queue.run(async () => {
      if (this.isDisposed) return;
      this.isDisposed = true;
      for (const bytes of this.heldBytes) this.parts.ledger.release(bytes);
      this.heldBytes = [];
      this.parts.onDispose(this);
      await this.parts.session.release();
    });
  }

  /** Binds everything that a run reads and writes. */
  private prepare(inputs: TensorMap, fetch: readonly string[] | undefined): FetchPlan {
    this.checkAlive();
    const plan =
      this.latestPlan !== undefined && fetch === this.latestFetch
        ? this.latestPlan
        : this.planFor(fetch);
    for (const input of this.inputs) this.bindInput(input, inputs[input.name]);
    this.bindState();
    for (const { edge, slot, isInPlace } of this.replaced) {
      plan.fetches[edge] = isInPlace ? slot.front : (slot.back ?? null);
    }
    for (const { edge, type, buffer } of plan.outputs) {
      if (buffer === null && this.parts.takesBuffers) plan.fetches[edge] = freshBuffer(type);
    }
    return plan;
  }

  /** Starts the engine. */
  private start({ fetches, hasBuffers }: FetchPlan): Promise<InferenceSession.ReturnType> {
    return this.direct !== undefined && hasBuffers
      ? this.direct.run(this.feeds, fetches, noOptions)
      : this.parts.session.run(this.feeds, fetches);
  }

  /** Exchanges the buffers of the state, counts, and collects the outputs. */
  private finish(plan: FetchPlan, results: Results): TensorMap {
    const { ledger } = this.parts;
    for (const { edge, slot, isInPlace } of this.replaced) {
      if (isInPlace) continue;
      const { front, back } = slot;
      slot.front = back ?? results[edge] ?? front;
      if (back !== undefined) slot.back = front;
      else if (slot.front !== front) freeTensor(front);
    }
    ledger.dispatches++;
    ledger.bytesUp += this.inputBytes;
    ledger.bytesDown += plan.bytes;
    const fetched: Record<string, HostTensor> = {};
    for (const output of plan.outputs) fetched[output.name] = collect(output, results);
    return fetched;
  }

  /** Of a run that stopped before the copies, the results are the buffers it was given. @throws {FastGpuError} if it failed */
  private resultsAfter(error: unknown, plan: FetchPlan): Results {
    if (isCopyStop(error, this.parts.copyStop)) return plan.fetches;
    for (const { slot, isInPlace } of this.replaced) if (isInPlace) slot.isTorn = true;
    throw engineError("a run", error);
  }

  private bindState(): void {
    for (const { edge, slot } of this.read) {
      checkWhole(slot);
      this.feeds[edge] = slot.front;
    }
  }

  private bindInput(input: BoundInput, value: HostTensor | undefined): void {
    if (value !== undefined && value === input.latest && input.staging === undefined) return;
    const { edge, type } = input;
    if (value?.dtype !== type.dtype || !sameShape(value.shape, type.shape)) {
      const found = value === undefined ? "none" : formatType(value);
      throw new GraphError(`onnx: input "${input.name}" must be ${formatType(type)}, got ${found}`);
    }
    const size = sizeOf(type.shape);
    if (value.data.length !== size) {
      throw new GraphError(
        `onnx: input "${input.name}" must hold ${size} elements, got ${value.data.length}`,
      );
    }
    input.latest = value;
    // The engine refuses shared memory.
    if (value.data.buffer instanceof SharedArrayBuffer) {
      input.staging ??= this.stage(input);
      dataOf(input.staging, type.dtype).set(value.data);
      this.feeds[edge] = input.staging;
      return;
    }
    if (input.staging !== undefined) this.unstage(input);
    this.feeds[edge] = wrapData(type, value.data);
  }

  private stage({ type }: BoundInput): Tensor {
    this.hold(typeBytes(type));
    return allocateTensor(type);
  }

  private unstage(input: BoundInput): void {
    input.staging = undefined;
    const bytes = typeBytes(input.type);
    this.heldBytes.splice(this.heldBytes.indexOf(bytes), 1);
    this.parts.ledger.release(bytes);
  }

  private hold(bytes: number): void {
    this.parts.ledger.hold(bytes);
    this.heldBytes.push(bytes);
  }

  private planFor(fetch: readonly string[] | undefined): FetchPlan {
    const key = fetch === undefined ? "*" : JSON.stringify(fetch);
    const plan = this.plans.get(key) ?? this.makePlan(fetch);
    this.plans.set(key, plan);
    this.latestFetch = fetch;
    this.latestPlan = plan;
    return plan;
  }

  private makePlan(fetch: readonly string[] | undefined): FetchPlan {
    const all = this.parts.lowered.outputs;
    const wanted = (fetch ?? all.map((output) => output.name)).map((name) => {
      const output = all.find((candidate) => candidate.name === name);
      if (output === undefined) {
        const known = all.map((candidate) => candidate.name).join(", ");
        throw new GraphError(`onnx: fetch must name outputs, got "${name}", not in [${known}]`);
      }
      return output;
    });
    const outputs = wanted.map((output): FetchedOutput => {
      const buffer = this.bufferFor(output);
      const elements = buffer === null ? undefined : dataOf(buffer, output.type.dtype);
      return { ...output, buffer, elements };
    });
    const fetches: Record<string, Tensor | null> = {};
    if (!this.parts.takesBuffers) for (const { edge } of all) fetches[edge] = null;
    for (const { edge } of this.replaced) fetches[edge] = null;
    for (const { edge, buffer } of outputs) fetches[edge] = buffer;
    const { stop } = this.parts.lowered;
    if (stop !== undefined) fetches[stop] = null;
    // The engine takes "no fetches" for "all"; then one output is computed and dropped.
    const [first] = all;
    if (Object.keys(fetches).length === 0 && first !== undefined) {
      fetches[first.edge] = this.bufferFor(first);
    }
    const bytes = outputs.reduce((sum, output) => sum + typeBytes(output.type), 0);
    // There are no buffers of size 0, and an output that is computed for nothing may be too large for one.
    const given = [...outputs, ...this.parts.lowered.next].every(({ type }) => typeBytes(type) > 0);
    const hasBuffers =
      this.parts.takesBuffers && given && outputs.length + this.replaced.length > 0;
    return { outputs, fetches, bytes, hasBuffers };
  }

  private bufferFor({ type }: Binding): Tensor | null {
    const bytes = typeBytes(type);
    if (!this.parts.takesBuffers || bytes === 0 || bytes >= COPY_LIMIT_BYTES) return null;
    this.hold(bytes);
    return allocateTensor(type);
  }

  private checkAlive(): void {
    if (this.isDisposed) throw new GraphError("onnx: an executable must not be disposed, got one");
  }
}

/** Tensors by edge. */
type Results = Readonly<Record<string, Tensor | null | undefined>>;

/** A buffer for one run; there are none of size 0, which the engine makes itself. */
function freshBuffer(type: TensorType): Tensor | null {
  return typeBytes(type) === 0 ? null : allocateTensor(type);
}

function collect(output: FetchedOutput, results: Results): HostTensor {
  const { edge, type, elements } = output;
  const { dtype, shape } = type;
  if (elements !== undefined) return { dtype, shape, data: elements.slice() };
  const result = typeBytes(type) === 0 ? allocateTensor(type) : results[edge];
  if (result === undefined || result === null) {
    throw new GraphError(`onnx: the engine must return output "${output.name}", got none`);
  }
  return { dtype, shape, data: dataOf(result, dtype) };
}
