// An activation function as a layer of its own.
import { readActivation } from "./activations.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";

/** Applies `activation`, a name such as "relu" or an object such as `{ name: "leakyRelu", alpha: 0.1 }`. */
export const activation: LayerDefinition = unaryLayer((read) => {
  const apply = readActivation(read);
  return { inferShape: (shape) => shape, build: (context, x) => apply(x, context) };
});
