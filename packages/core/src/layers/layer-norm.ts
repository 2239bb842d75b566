// Layer normalisation.
import { ShapeError } from "../errors.ts";
import { layerNorm as normalize } from "../functional.ts";
import { formatShape } from "../graph/shape.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";
import { readScaleAndShift } from "./normalization.ts";

/**
 * Ba et al. 2016, equation 4: normalises each sample over axes `axis`..last (-1: the last only; axis 0 is the batch).
 * State: gamma, beta of those axes. Options: axis (-1), epsilon (0.001), center, scale, initializers and regularizers.
 */
export const layerNorm: LayerDefinition = unaryLayer((read) => {
  const given = read.integer("axis", -1);
  const epsilon = read.number("epsilon", 1e-3, { above: 0 });
  const scaleAndShift = readScaleAndShift(read);
  return {
    inferShape: (shape) => {
      const axis = given < 0 ? given + shape.length + 1 : given;
      if (axis < 1 || axis > shape.length) {
        throw new ShapeError(
          `axis must be one of the input's after the batch, got axis ${given}, input ${formatShape(shape)}`,
        );
      }
      return shape;
    },
    build: (context, x) => {
      const axis = given < 0 ? given + x.shape.length : given;
      const { scale, shift } = scaleAndShift(context, x.shape.slice(axis), x);
      return normalize(x, scale, shift, axis, epsilon);
    },
  };
});
