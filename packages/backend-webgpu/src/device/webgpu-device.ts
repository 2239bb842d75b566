// An open adapter as a Device of the port.
import {
  DeviceLedger,
  FastGpuError,
  freeze,
  GraphError,
  type CompileOptions,
  type Counters,
  type Device,
  type DeviceInfo,
  type Executable,
  type Graph,
  type KernelTuning,
  type State,
  type TensorMap,
} from "@fastgpu/core";
import type { AdapterTraits } from "../kernels/kernel.ts";
import { compileGraph } from "../lower/compile.ts";
import type { TileChoice } from "../lower/families.ts";
import { wishedChoice, type KernelWish } from "../lower/kernel-wish.ts";
import { prepare } from "../lower/prepare.ts";
import type { CompileAhead } from "./compile-ahead.ts";
import { GpuContext } from "./gpu-context.ts";
import { GpuExecutable } from "./gpu-executable.ts";
import { GpuProgram } from "./gpu-program.ts";
import { GpuState } from "./gpu-state.ts";
import type { KernelChoices } from "./kernel-choices.ts";
import { GpuKernelTuning, storedChoice } from "./kernel-tuning.ts";
import { PipelineCache } from "./pipelines.ts";
import { profileProgram } from "./profile.ts";

/** See {@link Device}. */
export class WebGpuDevice implements Device {
  readonly info: DeviceInfo;
  /** See {@link Device.tuning}. */
  readonly tuning: KernelTuning;
  private readonly chooseTile: TileChoice;
  private readonly context: GpuContext;
  private readonly pipelines: PipelineCache;
  private readonly owned = new Set<GpuExecutable | GpuState>();
  private readonly compileAhead: CompileAhead | undefined;

  constructor(
    info: DeviceInfo,
    gpu: GPUDevice,
    traits: AdapterTraits,
    memoryLimitBytes: number | undefined,
    choices: KernelChoices,
    compileAhead?: CompileAhead,
    wish: KernelWish = {},
  ) {
    this.info = info;
    this.compileAhead = compileAhead;
    this.context = new GpuContext(gpu, traits, new DeviceLedger("webgpu", memoryLimitBytes));
    this.pipelines = new PipelineCache(this.context);
    this.chooseTile = wishedChoice(wish, traits, storedChoice(choices, traits));
    this.tuning = new GpuKernelTuning(
      {
        traits,
        createState: (initial) => this.createState(initial),
        compileWith: (graph, state, chooseTile) => this.compileWith(graph, state, {}, chooseTile),
      },
      choices,
    );
  }

  /** See {@link Device.supports}. */
  supports(graph: Graph): true | { readonly reason: string } {
    const missing = graph.nodes.find(({ type }) => !this.info.dtypes.includes(type.dtype));
    if (missing !== undefined) {
      return { reason: `the adapter does not compute in ${missing.type.dtype}` };
    }
    try {
      prepare(graph);
      return true;
    } catch (error) {
      if (error instanceof FastGpuError) return { reason: error.message };
      throw error;
    }
  }

  /** See {@link Device.createState}. */
  createState(initial: TensorMap): Promise<State> {
    return this.context.inOrder(async () => {
      this.context.check();
      for (const { dtype } of Object.values(initial)) this.checkDType(dtype);
      const state = await GpuState.create(this.context, initial, (item) => this.owned.delete(item));
      this.owned.add(state);
      return state;
    });
  }

  /** See {@link Device.compile}. */
  compile(source: Graph, state?: State, options: CompileOptions = {}): Promise<Executable> {
    return this.compileWith(source, state, options, this.chooseTile);
  }

  private compileWith(
    source: Graph,
    state: State | undefined,
    { freezeState = false }: CompileOptions,
    chooseTile: TileChoice,
  ): Promise<Executable> {
    return this.context.inOrder(async () => {
      this.context.check();
      const own = ownState(state);
      for (const { type } of source.nodes) this.checkDType(type.dtype);
      const graph =
        freezeState && own !== undefined ? freeze(source, await own.snapshot(source)) : source;
      const compiled = compileGraph(graph, {
        traits: this.context.traits,
        slotAddress: (name, type) => {
          if (own !== undefined) return own.address(name, type);
          throw new GraphError(
            `webgpu: a graph with state must be compiled with one, got "${name}"`,
          );
        },
        chooseTile,
      });
      const ahead = this.compileAhead?.start(compiled.dispatches);
      const program = await GpuProgram.create(compiled, this.context, this.pipelines, own)
        .then((made) => {
          this.context.check();
          return made;
        })
        .catch(async (error: unknown) => {
          await ahead?.cancel();
          throw error;
        });
      const executable = new GpuExecutable(
        program,
        this.context,
        () => profileProgram(this.context, program, own?.allBuffers ?? []),
        (item) => this.owned.delete(item),
        ahead,
      );
      this.owned.add(executable);
      return executable;
    });
  }

  /** See {@link Device.counters}. */
  counters(): Counters {
    return this.context.ledger.snapshot();
  }

  /** See {@link Device.dispose}. */
  async dispose(): Promise<void> {
    await this.context.idle();
    for (const part of [...this.owned]) await part.dispose();
    this.owned.clear();
    this.context.dispose();
  }

  private checkDType(dtype: DeviceInfo["dtypes"][number]): void {
    if (this.info.dtypes.includes(dtype)) return;
    throw new GraphError(
      `webgpu: dtypes must be among [${this.info.dtypes.join(", ")}], which the adapter computes in, got ${dtype}`,
    );
  }
}

function ownState(state: State | undefined): GpuState | undefined {
  if (state === undefined || state instanceof GpuState) return state;
  throw new GraphError("webgpu: state must come from this device, got one of another backend");
}
