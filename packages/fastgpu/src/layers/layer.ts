// A layer before it is part of a model: kind and options as plain data, and how it is applied to values.
import { ModelError, type JsonObject } from "@fastgpu/core";
import { SymbolicTensor } from "./symbolic-tensor.ts";
import type { LayerOptions } from "./options.ts";

/** A layer. Applying it twice shares its parameters. Made by the functions of `layers`. */
export class Layer {
  /** As in `layers`: dense, conv2d, ... */
  readonly kind: string;
  /** Options without the name; plain JSON. */
  readonly config: JsonObject;
  /** As the user gave it; without one, the model names the layer. */
  readonly name: string | undefined;

  /**
   * @param options - options of the kind, as the user gave them; keys that are undefined count as absent
   * @param required - what the kind cannot be without, which its function takes as arguments of their own
   * @throws {ModelError} for options that are no object, as in `maxPool2d(2)`
   */
  constructor(kind: string, options: LayerOptions, required: JsonObject = {}) {
    if (typeof options !== "object" || (options as unknown) === null || Array.isArray(options)) {
      throw new ModelError(
        `layers.${kind}: options must be an object, got ${JSON.stringify(options)}`,
      );
    }
    // Option types are JSON by design; an interface just cannot say so to the compiler.
    const { name, ...config } = { ...options, ...required } as LayerOptions & JsonObject;
    this.kind = kind;
    this.name = name;
    this.config = Object.fromEntries(
      Object.entries(config).filter(([, value]) => value !== undefined),
    );
  }

  /**
   * The layer's result on one value, or on several for layers that merge.
   *
   * @example `const y = fg.layers.dense(10).apply(fg.input([784]));`
   * @throws {ModelError} naming the layer and the shapes, if they do not fit
   */
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    return new SymbolicTensor(this, inputs instanceof SymbolicTensor ? [inputs] : inputs);
  }
}
