// The axes of a sample in another order.
import { ShapeError } from "../errors.ts";
import { transpose } from "../functional.ts";
import { formatShape } from "../graph/shape.ts";
import { axisSize, unaryLayer, type LayerDefinition } from "./layer.ts";

/** Axis i of the result is axis `dims[i]` of the input; counted from 1, as the batch axis 0 stays where it is. */
export const permute: LayerDefinition = unaryLayer((read) => {
  const dims = read.integers("dims", undefined, { min: 1 });
  return {
    inferShape: (shape) => {
      const isPermutation =
        dims.length === shape.length && shape.every((_, axis) => dims.includes(axis + 1));
      if (!isPermutation) {
        throw new ShapeError(
          `dims must name each axis 1..${shape.length} of the input once, got input ${formatShape(shape)}, dims ${formatShape(dims)}`,
        );
      }
      return dims.map((axis) => axisSize(shape, axis - 1));
    },
    build: (_context, x) => transpose(x, [0, ...dims]),
  };
});
