// A device of one execution provider. Inputs and outputs lie in host memory; so does state, but where the binding can
// keep tensors in an accelerator's memory between runs.
import {
  DeviceLedger,
  GraphError,
  RunQueue,
  typeBytes,
  type CompileOptions,
  type Counters,
  type Device,
  type DeviceInfo,
  type Executable,
  type Graph,
  type ModelExecutable,
  type State,
  type TensorMap,
} from "@fastgpu/core";
import { InferenceSession, type Tensor } from "onnxruntime-node";
import {
  lowerGraph,
  type Binding,
  type LoweredGraph,
  type LowerOptions,
} from "../lower/lower-graph.ts";
import { hasScaledAdds } from "../lower/scaled-add.ts";
import { whyUnsupported } from "../lower/supports.ts";
import { FileExecutable } from "../model-file/file-executable.ts";
import { openModelFile } from "../model-file/open-model-file.ts";
import { withCpuNodes } from "../providers/cpu-nodes.ts";
import { AcceleratorMemory } from "./accelerator-memory.ts";
import { probeBlocks, type BlockedKernels } from "./blocked-probe.ts";
import { probeCopyStop, type CopyStop } from "./copy-stop.ts";
import { engineError } from "./engine-error.ts";
import { HostExecutable } from "./host-executable.ts";
import { HostState } from "./host-state.ts";
import { profileModel } from "./profile.ts";

/** An error costs some 12 us, the copy of 400 KB 30 us: below this many bytes a run is quicker with its copies. */
const STOP_FROM_BYTES = 131_072;

/** See {@link Device}. */
export class HostDevice implements Device {
  readonly info: DeviceInfo;
  private readonly options: InferenceSession.SessionOptions;
  private readonly queue = new RunQueue();
  private readonly ledger: DeviceLedger;
  private readonly memory: AcceleratorMemory | undefined;
  private readonly blockChannels = new Map<BlockedKernels, Promise<number | undefined>>();
  private copyStop: Promise<CopyStop | undefined> | undefined;
  private readonly owned = new Set<Executable | ModelExecutable | State>();

  /** @param options - those of every session */
  constructor(
    info: DeviceInfo,
    options: InferenceSession.SessionOptions,
    memoryLimitBytes: number | undefined,
  ) {
    this.info = info;
    this.options = options;
    // Of the providers, the binding can keep tensors only in the memory of this one.
    this.memory = info.id === "webgpu" ? new AcceleratorMemory(options) : undefined;
    this.ledger = new DeviceLedger("onnx", memoryLimitBytes);
  }

  /** See {@link Device.supports}. */
  supports(graph: Graph): true | { readonly reason: string } {
    const reason = whyUnsupported(graph);
    return reason === undefined ? true : { reason };
  }

  /** See {@link Device.createState}. */
  createState(initial: TensorMap): Promise<State> {
    return this.queue.run(async () => {
      const state = new HostState(initial, this.queue, this.ledger, this.memory);
      await state.moveIn();
      this.owned.add(state);
      return state;
    });
  }

  /** See {@link Device.compile}. */
  compile(
    graph: Graph,
    state?: State,
    { freezeState = false }: CompileOptions = {},
  ): Promise<Executable> {
    return this.queue.run(async () => {
      const own = this.ownState(state);
      const frozen = freezeState && own !== undefined ? await own.snapshot(graph) : {};
      const lowering = await this.lowerOptions(graph, frozen);
      const hasMuch = copiedBytes(graph) >= STOP_FROM_BYTES;
      const copyStop = hasMuch ? await this.findCopyStop() : undefined;
      const lowered = lowerGraph(graph, frozen, {
        ...lowering,
        stopsCopies: copyStop !== undefined,
      });
      const options = withCpuNodes(this.options, lowered.nodes);
      const session = await this.open(lowered, this.placed(options, lowered));
      const executable = new HostExecutable({
        session,
        lowered: bindingsOf(lowered),
        state: own,
        queue: this.queue,
        ledger: this.ledger,
        takesBuffers: this.memory === undefined,
        copyStop,
        onDispose: (disposed) => this.owned.delete(disposed),
        // Lowered again rather than kept: its constants may be as large as the weights.
        profile: (feeds) => profileModel(lowerGraph(graph, frozen, lowering).bytes, options, feeds),
      });
      this.ledger.pipelinesCompiled++;
      this.owned.add(executable);
      return executable;
    });
  }

  /** See {@link Device.openModel}. */
  openModel(
    path: string,
    dimensions: Readonly<Record<string, number>> = {},
  ): Promise<ModelExecutable> {
    return this.queue.run(async () => {
      const parts = await openModelFile(path, dimensions, this.options);
      const model = new FileExecutable({
        ...parts,
        queue: this.queue,
        ledger: this.ledger,
        onDispose: (disposed) => this.owned.delete(disposed),
        profile: (feeds) => profileModel(path, parts.options, feeds),
      });
      this.ledger.pipelinesCompiled++;
      this.owned.add(model);
      return model;
    });
  }

  /** See {@link Device.counters}. */
  counters(): Counters {
    return this.ledger.snapshot();
  }

  /** See {@link Device.dispose}. */
  async dispose(): Promise<void> {
    await this.queue.idle();
    for (const part of [...this.owned]) await part.dispose();
    this.owned.clear();
    await this.memory?.dispose();
  }

  private ownState(state: State | undefined): HostState | undefined {
    if (state === undefined || state instanceof HostState) return state;
    throw new GraphError("onnx: state must come from this device, got one of another backend");
  }

  private async open(
    { bytes }: LoweredGraph,
    options: InferenceSession.SessionOptions,
  ): Promise<InferenceSession> {
    try {
      return await InferenceSession.create(bytes, options);
    } catch (error) {
      throw engineError("loading a model", error);
    }
  }

  /** The engine's blocked kernels where they prove right; convolutions with constant filters it blocks by itself. */
  private async lowerOptions(graph: Graph, frozen: TensorMap): Promise<LowerOptions> {
    if (Object.keys(frozen).length > 0 || this.info.kind !== "cpu") return {};
    const hasConvolutions = graph.nodes.some(
      ({ op }) => op === "conv" || op === "convBias" || op === "convInputGrad",
    );
    if (!hasConvolutions && !hasScaledAdds(graph)) return {};
    const kernels = hasConvolutions ? "all" : "sums";
    const known = this.blockChannels.get(kernels) ?? probeBlocks(this.options, kernels);
    this.blockChannels.set(kernels, known);
    return { blockChannels: await known };
  }

  /** How runs end before the binding copies outputs; tried once, and only where outputs are written into buffers. */
  private async findCopyStop(): Promise<CopyStop | undefined> {
    if (this.info.kind !== "cpu") return undefined;
    this.copyStop ??= probeCopyStop(this.options);
    return this.copyStop;
  }

  /** Options of a program's session under which its next state stays where the device keeps state. */
  private placed(
    options: InferenceSession.SessionOptions,
    { next, outputs }: LoweredGraph,
  ): InferenceSession.SessionOptions {
    if (this.memory === undefined) return options;
    const place = (edges: readonly Binding[], location: Tensor.DataLocation) =>
      edges.map(({ edge }) => [edge, location] as const);
    const preferredOutputLocation = Object.fromEntries([
      ...place(outputs, "cpu"),
      // There are no buffers of size 0.
      ...place(
        next.filter(({ type }) => typeBytes(type) > 0),
        "gpu-buffer",
      ),
    ]);
    return { ...options, preferredOutputLocation };
  }
}

/** Bytes that the binding would copy after a run: outputs and the next state. */
function copiedBytes({ nodes, outputs, state }: Graph): number {
  const copied = [...outputs.map(({ node }) => node), ...state.map(({ next }) => next)];
  return copied.reduce<number>((sum, node) => {
    const type = node === undefined ? undefined : nodes[node]?.type;
    return type === undefined ? sum : sum + typeBytes(type);
  }, 0);
}

/** What outlives the compilation. */
function bindingsOf(lowered: LoweredGraph): Omit<LoweredGraph, "bytes" | "nodes"> {
  const { inputs, outputs, state, next, inPlace, stop } = lowered;
  return { inputs, outputs, state, next, inPlace, stop };
}
