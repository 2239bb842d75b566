// What a rule for the export of a layer is given and what it gives back.
import type { HostTensor, JsonObject, JsonValue, Shape } from "@fastgpu/core";
import type { Weight } from "./artifacts.ts";

/** A layer of TensorFlow.js; names of its weights are local to it. */
export interface ExportedLayer {
  readonly className: string;
  /** With the names of Keras: `kernel_size`. */
  readonly config: JsonObject;
  readonly weights?: readonly Weight[];
}

/** A layer of a model, and what its export may ask for. */
export interface LayerToExport {
  readonly config: JsonObject;
  /** Shapes of one sample of the inputs and of the result. */
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** Dtype of the result. */
  readonly dtype: string;
  /** A tensor of the layer's state, f32. */
  readonly parameter: (name: string) => HostTensor;
  /** @throws {UnsupportedOpError} naming the layer, the rule and what was given */
  readonly refuse: (rule: string, got: JsonValue | undefined) => never;
}

/** Writes a layer as a chain, first to last. */
export type LayerExport = (layer: LayerToExport) => readonly ExportedLayer[];
