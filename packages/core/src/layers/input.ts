// The entry of a model: shape and dtype of one sample. Lowered to a graph input by the model, never built as a layer.
import { ShapeError } from "../errors.ts";
import type { DType } from "../graph/dtype.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";
import type { ConfigReader } from "../model/config.ts";
import type { TensorType } from "../graph/tensor.ts";

/** Type of one sample; i32 for indices of an embedding. */
export function readInputType(read: ConfigReader): TensorType {
  const shape = read.integers("shape", undefined, { min: 0 });
  const dtype = read.choice<DType>("dtype", ["f32", "i32"], "f32");
  return { dtype, shape };
}

/** `{ shape: number[], dtype?: "f32" | "i32" }`: one sample, without the batch axis. */
export const input: LayerDefinition = unaryLayer((read) => {
  const { shape } = readInputType(read);
  return {
    inferShape: () => shape,
    build: () => {
      throw new ShapeError("an input layer takes its value from the caller");
    },
  };
});
