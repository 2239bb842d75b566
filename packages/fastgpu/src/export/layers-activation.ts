// Activations as TensorFlow.js layers have them: a name that a layer takes, or a layer of its own behind it.
import type { JsonObject } from "@fastgpu/core";
import type { ExportedLayer, LayerToExport } from "./layer-export.ts";

/** How a layer's activation is written. */
export interface ExportedActivation {
  /** For the `activation` option of the layer. */
  readonly name: string;
  /** A layer that follows instead. */
  readonly layer?: ExportedLayer;
}

const names: Readonly<Record<string, string>> = {
  linear: "linear",
  relu: "relu",
  relu6: "relu6",
  selu: "selu",
  gelu: "gelu",
  silu: "swish",
  swish: "swish",
  softplus: "softplus",
  softsign: "softsign",
  mish: "mish",
  tanh: "tanh",
  sigmoid: "sigmoid",
};

/**
 * The activation of a layer.
 *
 * @param isSpatial - its last axis is one of space, and not that of the channels as in TensorFlow.js
 * @throws {UnsupportedOpError} naming the layer, if TensorFlow.js has none that computes the same
 */
export function exportedActivation(
  { config, refuse }: LayerToExport,
  isSpatial = false,
): ExportedActivation {
  const given = config["activation"] ?? "linear";
  const { name, ...options } =
    typeof given === "string" ? { name: given } : (given as JsonObject & { name: string });
  const known = names[name];
  if (known !== undefined) return { name: known };
  const alpha = options["alpha"];
  const axis = options["axis"] ?? -1;
  switch (name) {
    case "elu":
      return (alpha ?? 1) === 1 ? { name: "elu" } : refuse("elu must have alpha 1", alpha);
    case "leakyRelu":
      return behind({ className: "LeakyReLU", config: { alpha: alpha ?? 0.2 } });
    case "hardSigmoid":
      // That of Keras 2, which TensorFlow.js follows; here and in Keras 3 the slope is 1/6.
      if (alpha === 0.2 && (options["beta"] ?? 0.5) === 0.5) return { name: "hard_sigmoid" };
      return refuse("hardSigmoid must have alpha 0.2 and beta 0.5", alpha ?? 1 / 6);
    case "softmax":
    case "logSoftmax":
      if (isSpatial) return refuse(`${name} must not be an activation of this layer`, name);
      if (axis === -1) return { name: name === "softmax" ? "softmax" : "log_softmax" };
      return refuse(`${name} must have axis -1`, axis);
    default:
      return refuse("activation must be one that TensorFlow.js layers have", name);
  }
}

function behind(layer: ExportedLayer): ExportedActivation {
  return { name: "linear", layer };
}
