// Reads an untrusted .onnx file: its size, its encoding, and the outline of what is in it, without tensor contents.
import { readFile, stat } from "node:fs/promises";
import { fromBinary, type DescField } from "@bufbuild/protobuf";
import { DataError } from "@fastgpu/core";
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
} from "../proto/onnx.ts";
import { outlineMessage } from "./outline.ts";

/** Largest file that is read; a protobuf message cannot be larger. */
const FILE_LIMIT_BYTES = 2 ** 31 - 1;

/** What a file holds. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The model without the contents of tensors and attributes and without documentation. */
  readonly outline: ModelProto;
  readonly graph: GraphProto;
}

// Fields that may be large and that no check looks at.
const skipped: ReadonlySet<DescField> = new Set([
  ...Object.entries(TensorProtoSchema.field)
    .filter(([name]) => name.endsWith("Data") && name !== "externalData")
    .map(([, field]) => field),
  TensorProtoSchema.field.dims,
  TensorProtoSchema.field.docString,
  AttributeProtoSchema.field.s,
  AttributeProtoSchema.field.floats,
  AttributeProtoSchema.field.ints,
  AttributeProtoSchema.field.strings,
  AttributeProtoSchema.field.docString,
  GraphProtoSchema.field.valueInfo,
  GraphProtoSchema.field.docString,
  NodeProtoSchema.field.docString,
  ModelProtoSchema.field.docString,
  ModelProtoSchema.field.metadataProps,
]);

/**
 * Reads a model file.
 *
 * @throws {DataError} if it cannot be read or is no ONNX model
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = await readBytes(path);
  let outline: ModelProto;
  try {
    outline = fromBinary(ModelProtoSchema, outlineMessage(bytes, ModelProtoSchema, skipped));
  } catch (error) {
    // The decoder throws RangeError, TypeError and Error for bytes that are no protobuf message.
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `${path}: a model must be a whole ONNX file, got ${bytes.length} other bytes (${reason})`,
      { cause: error },
    );
  }
  const { graph } = outline;
  if (graph === undefined) {
    throw new DataError(
      `${path}: an ONNX model must have a graph, got none in ${bytes.length} bytes`,
    );
  }
  return { path, bytes, outline, graph };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    // A pipe or a device could keep the reader waiting for ever.
    if (!info.isFile()) throw new DataError(`${path}: a model must be a file, got something else`);
    if (info.size > FILE_LIMIT_BYTES) {
      throw new DataError(
        `${path}: a model must have at most ${FILE_LIMIT_BYTES} bytes, got ${info.size}`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: a model must be a readable file, got: ${reason}`, {
      cause: error,
    });
  }
}
