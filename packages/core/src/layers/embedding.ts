// Rows of a table picked by index.
import { ShapeError } from "../errors.ts";
import { gather } from "../functional.ts";
import { readInitializer } from "../initializers/initializer.ts";
import { readPenalty } from "../regularizers/penalty.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";

/**
 * x i32 [...] -> [..., outputDim]: row x of the table. State: embeddings [inputDim, outputDim]. Options: inputDim,
 * outputDim, embeddingsInitializer (uniform), embeddingsRegularizer. Indices must be in [0, inputDim).
 */
export const embedding: LayerDefinition = unaryLayer((read) => {
  const rows = read.integer("inputDim", undefined, { min: 1 });
  const columns = read.integer("outputDim", undefined, { min: 1 });
  const options = {
    initializer: readInitializer(read, "embeddingsInitializer", "uniform"),
    regularizer: readPenalty(read, "embeddingsRegularizer"),
  };
  return {
    inferShape: (shape) => [...shape, columns],
    build: (context, x) => {
      if (x.dtype !== "i32") {
        throw new ShapeError(`input must be i32 indices, got ${x.dtype}; set the input's dtype`);
      }
      return gather(context.parameter("embeddings", [rows, columns], options), x, 0);
    },
  };
});
