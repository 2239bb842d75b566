// Fully connected layer over the last axis.
import { matmul } from "../functional.ts";
import { readInitializer } from "../initializers/initializer.ts";
import { readPenalty } from "../regularizers/penalty.ts";
import { ShapeError } from "../errors.ts";
import { readActivation } from "./activations.ts";
import { axisSize, unaryLayer, type LayerDefinition } from "./layer.ts";

/**
 * x [..., k] -> activation(x kernel + bias) [..., units]. State: kernel [k, units], bias [units].
 * Options: units, activation, useBias, kernelInitializer (glorotUniform), biasInitializer (zeros), kernelRegularizer,
 * biasRegularizer.
 */
export const dense: LayerDefinition = unaryLayer((read) => {
  const units = read.integer("units", undefined, { min: 1 });
  const activation = readActivation(read);
  const useBias = read.flag("useBias", true);
  const kernelOptions = {
    initializer: readInitializer(read, "kernelInitializer", "glorotUniform"),
    regularizer: readPenalty(read, "kernelRegularizer"),
  };
  const biasOptions = {
    initializer: readInitializer(read, "biasInitializer", "zeros"),
    regularizer: readPenalty(read, "biasRegularizer"),
    isDecayed: false,
  };
  return {
    inferShape: (shape) => {
      if (shape.length === 0) throw new ShapeError("input must have 1 axis or more, got []");
      return [...shape.slice(0, -1), units];
    },
    build: (context, x) => {
      const kernel = context.parameter("kernel", [axisSize(x.shape, -1), units], kernelOptions);
      const bias = useBias ? context.parameter("bias", [units], biasOptions) : undefined;
      const product =
        bias === undefined ? matmul(x, kernel) : x.emitter.op("dense", [x, kernel, bias], {});
      return activation(product, context);
    },
  };
});
