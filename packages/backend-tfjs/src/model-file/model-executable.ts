// A user's model as an executable: inputs and outputs by the names and in the element types of the file.
import {
  FastGpuError,
  formatPort,
  GraphError,
  modelTensor,
  shapeMismatch,
  type DeviceLedger,
  type HostTensor,
  type ModelExecutable,
  type ModelPort,
  type ModelTensor,
  type ModelTensorMap,
} from "@fastgpu/core";
import type { EngineTensor } from "../engines/tfjs.ts";
import type { EngineQueue } from "../session/engine-queue.ts";
import { download, upload } from "../session/host-tensor.ts";
import { refusal, type LoadedModel } from "./load-model.ts";

/** What the device lends. */
export interface ModelParts {
  readonly model: LoadedModel;
  readonly queue: EngineQueue;
  readonly ledger: DeviceLedger;
  readonly finish: () => Promise<void>;
  readonly onDispose: (executable: ModelExecutable) => void;
}

/** See {@link ModelExecutable}. */
export class FileExecutable implements ModelExecutable {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  private readonly parts: ModelParts;
  private isDisposed = false;

  constructor(parts: ModelParts) {
    this.parts = parts;
    this.inputs = parts.model.inputs;
    this.outputs = parts.model.outputs;
  }

  /** See {@link ModelExecutable.run}. */
  run(inputs: ModelTensorMap, fetch?: readonly string[]): Promise<ModelTensorMap> {
    return this.parts.queue.run(() => this.step(inputs, fetch));
  }

  /** See {@link ModelExecutable.sync}. */
  sync(): Promise<void> {
    return this.parts.queue.run(() => this.parts.finish());
  }

  /** See {@link ModelExecutable.dispose}. */
  dispose(): Promise<void> {
    return this.parts.queue.run(() => {
      if (!this.isDisposed) {
        this.isDisposed = true;
        this.parts.model.dispose();
        this.parts.onDispose(this);
      }
      return Promise.resolve();
    });
  }

  private async step(
    inputs: ModelTensorMap,
    fetch: readonly string[] = this.outputs.map(({ name }) => name),
  ): Promise<ModelTensorMap> {
    const { model, ledger } = this.parts;
    if (this.isDisposed) {
      throw new GraphError(`${model.path}: a model must not be disposed, got one`);
    }
    const known = this.outputs.map(({ name }) => name);
    const unknown = fetch.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new GraphError(
        `${model.path}: fetch must name outputs, got "${unknown}", not in [${known.join(", ")}]`,
      );
    }
    const sizes = new Map<string, number>();
    const checked = this.inputs.map((port) => this.check(port, inputs[port.name], sizes));
    const uploaded = checked.map(upload);
    let results: EngineTensor[] = [];
    try {
      results = await model.predict(uploaded);
      ledger.dispatches++;
      const values: Record<string, ModelTensor> = {};
      for (const name of fetch)
        values[name] = await this.collect(name, results[known.indexOf(name)]);
      return values;
    } catch (error) {
      throw error instanceof FastGpuError ? error : refusal(model.path, error);
    } finally {
      // A model may hand an input through.
      for (const tensor of new Set([...results, ...uploaded])) tensor.dispose();
    }
  }

  private check(
    port: ModelPort,
    value: ModelTensor | undefined,
    sizes: Map<string, number>,
  ): HostTensor {
    const where = `${this.parts.model.path}: input "${port.name}" must be ${formatPort(port)}`;
    if (value?.dtype !== port.dtype) {
      throw new GraphError(`${where}, got ${value === undefined ? "none" : formatPort(value)}`);
    }
    const mismatch = shapeMismatch(port.shape, value.shape, sizes);
    if (mismatch !== undefined) {
      throw new GraphError(`${where}, got ${formatPort(value)}: ${mismatch}`);
    }
    const checked = modelTensor(value.dtype, value.shape, value.data);
    this.parts.ledger.bytesUp += (checked.data as Float32Array).byteLength;
    // Ports are of dtypes that graphs have too.
    return checked as HostTensor;
  }

  private async collect(name: string, tensor: EngineTensor | undefined): Promise<ModelTensor> {
    const dtype = this.outputs.find((port) => port.name === name)?.dtype;
    const kinds = { float32: "f32", int32: "i32", bool: "bool" } as const;
    const found = tensor === undefined ? undefined : kinds[tensor.dtype as keyof typeof kinds];
    if (tensor === undefined || found === undefined) {
      throw new GraphError(
        `${this.parts.model.path}: output "${name}" must be ${dtype ?? "a tensor"}, got none`,
      );
    }
    const value = await download(tensor, { dtype: found, shape: tensor.shape });
    this.parts.ledger.bytesDown += value.data.byteLength;
    return value;
  }
}
