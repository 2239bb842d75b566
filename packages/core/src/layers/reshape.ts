// The elements of a sample under another shape.
import { reshape as reshapeTo } from "../functional.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf, type Shape } from "../graph/shape.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";

/** Row-major reshape to `targetShape` (without the batch axis); one size may be -1 and is worked out. */
export const reshape: LayerDefinition = unaryLayer((read) => {
  const target = read.integers("targetShape", undefined, { min: -1 });
  return {
    inferShape: (shape) => resolve(shape, target),
    build: (context, x) => reshapeTo(x, [context.batch, ...resolve(x.shape.slice(1), target)]),
  };
});

function resolve(shape: Shape, target: Shape): Shape {
  const known = sizeOf(target.filter((size) => size !== -1));
  const unknown = target.filter((size) => size === -1).length;
  const rest = sizeOf(shape) / known;
  const fits = unknown === 0 ? rest === 1 : unknown === 1 && Number.isInteger(rest);
  if (!fits) {
    throw new ShapeError(
      `targetShape must hold as many elements as the input, got input ${formatShape(shape)}, targetShape ${formatShape(target)}`,
    );
  }
  return target.map((size) => (size === -1 ? rest : size));
}
