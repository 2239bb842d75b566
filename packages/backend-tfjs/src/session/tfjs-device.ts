// A device: one engine of TensorFlow.js, open in this process.
import {
  DeviceLedger,
  GraphError,
  UnsupportedOpError,
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
import type { LoadedEngine } from "../engines/load-engine.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { whyUnsupported } from "../lower/supports.ts";
import { loadModel } from "../model-file/load-model.ts";
import { FileExecutable } from "../model-file/model-executable.ts";
import { DeviceState } from "./device-state.ts";
import { EngineQueue } from "./engine-queue.ts";
import { TapeExecutable } from "./tape-executable.ts";

/** See {@link Device}. */
export class TfjsDevice implements Device {
  readonly info: DeviceInfo;
  private readonly engine: LoadedEngine;
  private readonly queue: EngineQueue;
  private readonly ledger: DeviceLedger;
  private readonly owned = new Set<Executable | ModelExecutable | State>();

  constructor(info: DeviceInfo, engine: LoadedEngine, memoryLimitBytes: number | undefined) {
    this.info = info;
    this.engine = engine;
    this.queue = new EngineQueue(engine.name);
    this.ledger = new DeviceLedger("tfjs", memoryLimitBytes);
  }

  /** See {@link Device.supports}. */
  supports(graph: Graph): true | { readonly reason: string } {
    const reason = whyUnsupported(graph, this.info.dtypes);
    return reason === undefined ? true : { reason };
  }

  /** See {@link Device.createState}. */
  createState(initial: TensorMap): Promise<State> {
    return this.queue.run(() => {
      const state = new DeviceState(initial, this.queue, this.ledger, (disposed) => {
        this.owned.delete(disposed);
      });
      this.owned.add(state);
      return Promise.resolve(state);
    });
  }

  /** See {@link Device.compile}. */
  compile(
    graph: Graph,
    state?: State,
    { freezeState = false }: CompileOptions = {},
  ): Promise<Executable> {
    return this.queue.run(async () => {
      const reason = whyUnsupported(graph, this.info.dtypes);
      if (reason !== undefined) throw new UnsupportedOpError(`tfjs: ${reason}`);
      const own = ownState(state);
      const frozen = freezeState && own !== undefined ? await own.snapshot(graph) : {};
      const executable = new TapeExecutable({
        lowered: lowerGraph(graph, this.engine.name, frozen),
        state: own,
        queue: this.queue,
        ledger: this.ledger,
        provider: `tfjs ${this.engine.name}`,
        finish: this.engine.finish,
        check: this.engine.check,
        onDispose: (disposed) => this.owned.delete(disposed),
      });
      this.ledger.pipelinesCompiled++;
      this.owned.add(executable);
      return executable;
    });
  }

  /** See {@link Device.openModel}; the path is that of a model.json. */
  openModel(
    path: string,
    dimensions: Readonly<Record<string, number>> = {},
  ): Promise<ModelExecutable> {
    return this.queue.run(async () => {
      const model = new FileExecutable({
        model: await loadModel(path, dimensions),
        queue: this.queue,
        ledger: this.ledger,
        finish: this.engine.finish,
        onDispose: (disposed) => this.owned.delete(disposed),
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
  }
}

function ownState(state: State | undefined): DeviceState | undefined {
  if (state === undefined || state instanceof DeviceState) return state;
  throw new GraphError("tfjs: state must come from this device, got one of another backend");
}
