// A user's model file as an executable: inputs and outputs by the names and in the element types of the file.
import {
  formatPort,
  GraphError,
  modelTensor,
  shapeMismatch,
  sizeOf,
  type DeviceLedger,
  type KernelTiming,
  type ModelData,
  type ModelDType,
  type ModelExecutable,
  type ModelPort,
  type ModelTensor,
  type ModelTensorMap,
  type RunQueue,
} from "@fastgpu/core";
import { Tensor } from "onnxruntime-node";
import { runtimeTypeOf } from "../model/element-type.ts";
import { engineError } from "../session/engine-error.ts";
import type { OpenedModel } from "./open-model-file.ts";

/** What the device lends. */
export interface FileParts extends OpenedModel {
  readonly queue: RunQueue;
  readonly ledger: DeviceLedger;
  readonly onDispose: (executable: ModelExecutable) => void;
  /** Runs the model once more under the profiler. */
  readonly profile: (feeds: Readonly<Record<string, Tensor>>) => Promise<readonly KernelTiming[]>;
}

/** See {@link ModelExecutable}. */
export class FileExecutable implements ModelExecutable {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  private readonly parts: FileParts;
  private readonly outputNames: readonly string[];
  private latestFeeds: Readonly<Record<string, Tensor>> | undefined;
  private isDisposed = false;

  constructor(parts: FileParts) {
    this.parts = parts;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.outputNames = parts.outputs.map(({ name }) => name);
  }

  /** See {@link ModelExecutable.run}. */
  run(
    inputs: ModelTensorMap,
    fetch: readonly string[] = this.outputNames,
  ): Promise<ModelTensorMap> {
    return this.parts.queue.run(() => this.step(inputs, fetch));
  }

  /** See {@link ModelExecutable.sync}. */
  sync(): Promise<void> {
    return this.parts.queue.idle();
  }

  /** See {@link ModelExecutable.timings}: a run of the latest inputs in a profiled twin of the session. */
  timings(): Promise<readonly KernelTiming[]> {
    return this.parts.queue.run(async () => {
      this.checkAlive();
      return this.latestFeeds === undefined ? [] : this.parts.profile(this.latestFeeds);
    });
  }

  /** See {@link ModelExecutable.dispose}. */
  dispose(): Promise<void> {
    return this.parts.queue.run(async () => {
      if (this.isDisposed) return;
      this.isDisposed = true;
      this.latestFeeds = undefined;
      this.parts.onDispose(this);
      await this.parts.session.release();
    });
  }

  private async step(inputs: ModelTensorMap, fetch: readonly string[]): Promise<ModelTensorMap> {
    const { path, session, ledger } = this.parts;
    this.checkAlive();
    const unknown = fetch.find((name) => !this.outputNames.includes(name));
    if (unknown !== undefined) {
      const known = this.outputNames.join(", ");
      throw new GraphError(`${path}: fetch must name outputs, got "${unknown}", not in [${known}]`);
    }
    const sizes = new Map<string, number>();
    const feeds: Record<string, Tensor> = {};
    for (const port of this.inputs) feeds[port.name] = this.bind(port, inputs[port.name], sizes);
    this.latestFeeds = feeds;
    // The engine takes "no fetches" for "all"; then one output is computed and dropped.
    const names = fetch.length === 0 ? this.outputNames.slice(0, 1) : fetch;
    const results = await session.run(feeds, names).catch((error: unknown) => {
      throw engineError(`running ${path}`, error);
    });
    ledger.dispatches++;
    const fetched: Record<string, ModelTensor> = {};
    for (const name of fetch) {
      const value = this.collect(name, results[name]);
      ledger.bytesDown += byteLength(value.data);
      fetched[name] = value;
    }
    return fetched;
  }

  private bind(
    port: ModelPort,
    value: ModelTensor | undefined,
    sizes: Map<string, number>,
  ): Tensor {
    const where = `${this.parts.path}: input "${port.name}" must be ${formatPort(port)}`;
    if (value?.dtype !== port.dtype) {
      throw new GraphError(`${where}, got ${value === undefined ? "none" : formatPort(value)}`);
    }
    const mismatch = shapeMismatch(port.shape, value.shape, sizes);
    if (mismatch !== undefined) {
      throw new GraphError(`${where}, got ${formatPort(value)}: ${mismatch}`);
    }
    const { dtype, shape, data } = modelTensor(value.dtype, value.shape, value.data);
    this.parts.ledger.bytesUp += byteLength(data);
    return new Tensor(runtimeTypeOf[dtype] as "float32", ownMemory(data) as Float32Array, shape);
  }

  private collect(name: string, value: Tensor | undefined): ModelTensor {
    const dtype = value === undefined ? undefined : dtypeOfRuntime.get(value.type);
    if (value === undefined || dtype === undefined) {
      throw new GraphError(
        `${this.parts.path}: output "${name}" must be a tensor that JavaScript can hold, got ${value?.type ?? "none"}`,
      );
    }
    const data = value.data as ModelData;
    // Newer versions of Node have a Float16Array, which the engine then returns; FastGPU holds the bits.
    const plain =
      dtype === "f16" && ArrayBuffer.isView(data)
        ? new Uint16Array(data.buffer, data.byteOffset, sizeOf(value.dims))
        : data;
    return { dtype, shape: value.dims, data: plain };
  }

  private checkAlive(): void {
    if (!this.isDisposed) return;
    throw new GraphError(`${this.parts.path}: a model must not be disposed, got one`);
  }
}

const dtypeOfRuntime = new Map<string, ModelDType>(
  (Object.entries(runtimeTypeOf) as [ModelDType, string][]).map(([dtype, name]) => [name, dtype]),
);

/** Data in memory that is not shared: the engine refuses shared memory. */
function ownMemory(data: ModelData): ModelData {
  if (!ArrayBuffer.isView(data) || !(data.buffer instanceof SharedArrayBuffer)) return data;
  return data.slice();
}

function byteLength(data: ModelData): number {
  if (ArrayBuffer.isView(data)) return data.byteLength;
  return data.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
