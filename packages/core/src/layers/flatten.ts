// All axes of a sample as one.
import { reshape } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";

/** x [...axes] -> [product of axes], row-major. */
export const flatten: LayerDefinition = unaryLayer(() => ({
  inferShape: (shape) => [sizeOf(shape)],
  build: (context, x) => reshape(x, [context.batch, sizeOf(x.shape.slice(1))]),
}));
