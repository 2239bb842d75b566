// A model in a format of TensorFlow.js: what model.json says, and the bytes of the weights beside it.
// Format: https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-core/src/io/types.ts, ModelJSON.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { sizeOf, tensor, UsageError, type HostTensor, type JsonObject } from "@fastgpu/core";
import type { TunedFile } from "@fastgpu/tuner";
import { stageFile, type StagedFile } from "../files/write-whole.ts";

/** Formats that models are exported in. */
export type ExportFormat = "tfjs-layers" | "tfjs-graph";

/** A tensor of the weights file; f32, i32 or bool. */
export interface Weight {
  /** As the topology refers to it. */
  readonly name: string;
  readonly tensor: HostTensor;
}

/** A model as TensorFlow.js reads it. */
export interface ModelArtifacts {
  readonly format: "layers-model" | "graph-model";
  readonly modelTopology: JsonObject;
  readonly weights: readonly Weight[];
  /** Names and types of the ports, for graph models. */
  readonly signature?: JsonObject;
  /** What TensorFlow.js keeps and hands to whoever loads the model; here the tuned file that the model was compiled with. */
  readonly userDefinedMetadata?: { readonly fastgpu: { readonly tuned: TunedFile } };
}

const modelName = "model.json";
const shardName = "group1-shard1of1.bin";
const dtypes: Readonly<Partial<Record<HostTensor["dtype"], string>>> = {
  f32: "float32",
  i32: "int32",
  bool: "bool",
};

/** The text of model.json. */
export function modelJson({ weights, ...rest }: ModelArtifacts): string {
  const content = {
    ...rest,
    generatedBy: "FastGPU",
    convertedBy: null,
    weightsManifest: [
      {
        paths: [shardName],
        weights: weights.map(({ name, tensor: { shape, dtype } }) => ({
          name,
          shape,
          dtype: dtypes[dtype],
        })),
      },
    ],
  };
  return `${JSON.stringify(content)}\n`;
}

/** The weights one after the other, as the manifest lists them. */
export function weightBytes({ weights }: Pick<ModelArtifacts, "weights">): Uint8Array {
  const total = weights.reduce((sum, { tensor: { data } }) => sum + data.byteLength, 0);
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const { tensor: value } of weights) {
    const { buffer, byteOffset, byteLength } = value.data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/**
 * Writes model.json and its shard into a folder, over a model that is there.
 *
 * @throws {UsageError} if the folder cannot be written
 */
export async function writeArtifacts(folder: string, artifacts: ModelArtifacts): Promise<void> {
  const staged: StagedFile[] = [];
  try {
    await mkdir(folder, { recursive: true });
    staged.push(await stageFile(join(folder, shardName), weightBytes(artifacts)));
    staged.push(await stageFile(join(folder, modelName), modelJson(artifacts)));
    for (const file of staged) await file.commit();
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(`export: folder ${folder} must be writable, got ${reason}`, {
      cause: error,
    });
  } finally {
    for (const file of staged) await file.discard();
  }
}

/** An f32 tensor with its axes in another order: axis i of the result is axis `order[i]`. */
export function permuted({ shape, data }: HostTensor, order: readonly number[]): HostTensor {
  const sizes = order.map((axis) => shape[axis] ?? 1);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const result = new Float32Array(sizeOf(sizes));
  const position = sizes.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    const from = order.reduce((sum, axis, k) => sum + (strides[axis] ?? 0) * (position[k] ?? 0), 0);
    result[i] = Number(data[from]);
    for (let k = sizes.length - 1; k >= 0; k--) {
      const next = (position[k] ?? 0) + 1;
      position[k] = next === sizes[k] ? 0 : next;
      if (position[k] !== 0) break;
    }
  }
  return tensor("f32", sizes, result);
}
