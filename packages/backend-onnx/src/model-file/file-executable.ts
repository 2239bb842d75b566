// A user's model file as an executable: inputs and outputs by the names of the file.
import {
  formatType,
  GraphError,
  sameShape,
  typeBytes,
  type DType,
  type Executable,
  type HostTensor,
  type ModelExecutable,
  type ModelPort,
  type TensorMap,
} from "@fastgpu/core";
import type { Tensor } from "onnxruntime-node";
import { runtimeTypeOf } from "../model/element-type.ts";
import { engineError } from "../session/engine-error.ts";
import { dataOf, wrapData } from "../session/host-tensor.ts";
import type { Ledger } from "../session/ledger.ts";
import type { RunQueue } from "../session/run-queue.ts";
import type { OpenedModel } from "./open-model-file.ts";

/** What the device lends. */
export interface FileParts extends OpenedModel {
  readonly queue: RunQueue;
  readonly ledger: Ledger;
  readonly onDispose: (executable: Executable) => void;
}

/** See {@link ModelExecutable}. */
export class FileExecutable implements ModelExecutable {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly string[];
  private readonly parts: FileParts;
  private isDisposed = false;

  constructor(parts: FileParts) {
    this.parts = parts;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
  }

  /** See {@link Executable.run}. */
  run(inputs: TensorMap, fetch: readonly string[] = this.outputs): Promise<TensorMap> {
    return this.parts.queue.run(() => this.step(inputs, fetch));
  }

  /** See {@link Executable.sync}. */
  sync(): Promise<void> {
    return this.parts.queue.idle();
  }

  /** See {@link Executable.dispose}. */
  dispose(): Promise<void> {
    return this.parts.queue.run(async () => {
      if (this.isDisposed) return;
      this.isDisposed = true;
      this.parts.onDispose(this);
      await this.parts.session.release();
    });
  }

  private async step(inputs: TensorMap, fetch: readonly string[]): Promise<TensorMap> {
    const { path, session, ledger } = this.parts;
    if (this.isDisposed) throw new GraphError(`${path}: a model must not be disposed, got one`);
    const feeds: Record<string, Tensor> = {};
    for (const port of this.inputs) feeds[port.name] = this.bind(port, inputs[port.name]);
    const unknown = fetch.find((name) => !this.outputs.includes(name));
    if (unknown !== undefined) {
      throw new GraphError(
        `${path}: fetch must name outputs, got "${unknown}", not in [${this.outputs.join(", ")}]`,
      );
    }
    const names = fetch.length === 0 ? this.outputs.slice(0, 1) : fetch;
    const results = await session.run(feeds, names).catch((error: unknown) => {
      throw engineError(`running ${path}`, error);
    });
    ledger.dispatches++;
    const fetched: Record<string, HostTensor> = {};
    for (const name of fetch) {
      fetched[name] = this.collect(name, results[name]);
      ledger.bytesDown += fetched[name].data.byteLength;
    }
    return fetched;
  }

  private bind({ name, type }: ModelPort, value: HostTensor | undefined): Tensor {
    if (value?.dtype !== type.dtype || !sameShape(value.shape, type.shape)) {
      const found = value === undefined ? "none" : formatType(value);
      throw new GraphError(
        `${this.parts.path}: input "${name}" must be ${formatType(type)}, got ${found}`,
      );
    }
    this.parts.ledger.bytesUp += typeBytes(type);
    // The engine refuses shared memory.
    const isShared = value.data.buffer instanceof SharedArrayBuffer;
    return wrapData(type, isShared ? value.data.slice() : value.data);
  }

  private collect(name: string, value: Tensor | undefined): HostTensor {
    const dtype =
      value === undefined
        ? undefined
        : (Object.keys(runtimeTypeOf) as DType[]).find((key) => runtimeTypeOf[key] === value.type);
    if (value === undefined || dtype === undefined) {
      const found = value === undefined ? "none" : value.type;
      throw new GraphError(
        `${this.parts.path}: output "${name}" must be of a dtype of FastGPU, got ${found}`,
      );
    }
    return { dtype, shape: value.dims, data: dataOf(value, dtype) };
  }
}
