// Layers that join several inputs: elementwise, and along an axis.
import { ShapeError } from "../errors.ts";
import {
  add as addTo,
  concat as join,
  maximum as larger,
  minimum as smaller,
  mul,
  sub,
} from "../functional.ts";
import { formatShape, sameShape, type Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { axisSize, first, type Layer, type LayerDefinition } from "./layer.ts";

type Arity = Layer["arity"];

const many: Arity = { min: 2, max: Infinity };

/** a + b + ... of inputs of one shape. */
export const add: LayerDefinition = elementwise(many, (inputs) => inputs.reduce(addTo));
/** a - b. */
export const subtract: LayerDefinition = elementwise({ min: 2, max: 2 }, (inputs) =>
  inputs.reduce(sub),
);
/** a * b * ... */
export const multiply: LayerDefinition = elementwise(many, (inputs) => inputs.reduce(mul));
/** (a + b + ...) / count. */
export const average: LayerDefinition = elementwise(many, (inputs) =>
  mul(inputs.reduce(addTo), 1 / inputs.length),
);
/** Largest of the elements at each place. */
export const maximum: LayerDefinition = elementwise(many, (inputs) => inputs.reduce(larger));
/** Smallest of the elements at each place. */
export const minimum: LayerDefinition = elementwise(many, (inputs) => inputs.reduce(smaller));

/** Inputs one after the other along `axis` (-1; axis 0 is the batch), equal in all other axes. */
export const concat: LayerDefinition = {
  configure: (read) => {
    const axis = read.integer("axis", -1);
    return {
      arity: many,
      inferShape: (inputs) => {
        const rank = first(inputs).length;
        const at = axis < 0 ? axis + rank : axis - 1;
        const others = (shape: Shape): Shape => shape.filter((_, i) => i !== at);
        const fit = inputs.every(
          (shape) => shape.length === rank && sameShape(others(shape), others(first(inputs))),
        );
        if (at < 0 || at >= rank || !fit) {
          throw new ShapeError(
            `inputs must have equal shapes but for axis ${axis}, got ${inputs.map(formatShape).join(", ")}`,
          );
        }
        const total = inputs.reduce((sum, shape) => sum + axisSize(shape, at), 0);
        return first(inputs).map((size, i) => (i === at ? total : size));
      },
      build: (_context, inputs) => join(inputs, axis),
    };
  },
};

function elementwise(arity: Arity, merge: (inputs: readonly Value[]) => Value): LayerDefinition {
  const layer: Layer = {
    ...(arity === undefined ? {} : { arity }),
    inferShape: (inputs) => {
      if (!inputs.every((shape) => sameShape(shape, first(inputs)))) {
        throw new ShapeError(
          `inputs must have equal shapes, got ${inputs.map(formatShape).join(", ")}`,
        );
      }
      return first(inputs);
    },
    build: (_context, inputs) => merge(inputs),
  };
  return { configure: () => layer };
}
