// Layers without spatial meaning: entry, product, activation, shape changes, dropout, embedding.
import type { Shape } from "@fastgpu/core";
import { Layer } from "./layer.ts";
import type {
  ActivationOption,
  InitializerOption,
  KernelOptions,
  LayerOptions,
  RegularizerOption,
} from "./options.ts";
import { SymbolicTensor } from "./symbolic-tensor.ts";

/** Options of `input`. */
export interface InputOptions extends Pick<LayerOptions, "name"> {
  /** Type of the elements: i32 for indices of an embedding. Default f32. */
  readonly dtype?: "f32" | "i32";
}

/**
 * The entry of a sequential model.
 *
 * @param shape - of one sample, without the batch axis; a number stands for [number]
 * @example `model.add(fg.layers.input(784));`
 */
export function inputLayer(shape: number | Shape, options: InputOptions = {}): Layer {
  const sizes = typeof shape === "number" ? [shape] : [...shape];
  return new Layer("input", options, { shape: sizes });
}

/**
 * An entry of a functional model.
 *
 * @param shape - of one sample, without the batch axis; a number stands for [number]
 * @example
 * ```ts
 * const a = fg.input(4, { name: "a" });
 * const b = fg.input(3, { name: "b" });
 * const y = fg.layers.dense(1).apply(fg.layers.concat().apply([a, b]));
 * const model = new fg.Model({ inputs: [a, b], outputs: [y] });
 * ```
 */
export function input(shape: number | Shape, options: InputOptions = {}): SymbolicTensor {
  return new SymbolicTensor(inputLayer(shape, options), []);
}

/** Options of `dense`. */
export interface DenseOptions extends LayerOptions, KernelOptions {
  /** Default glorotUniform. */
  readonly kernelInitializer?: InitializerOption;
  readonly kernelRegularizer?: RegularizerOption;
}

/**
 * x [..., k] -> activation(x kernel + bias) [..., units].
 *
 * @param units - size of the last axis of the result, >= 1
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  return new Layer("dense", options, { units });
}

/** An activation function as a layer of its own: `activation("relu")`. */
export function activation(activation: ActivationOption, options: LayerOptions = {}): Layer {
  return new Layer("activation", options, { activation });
}

/** x [...axes] -> [product of the axes], row-major. */
export function flatten(options: LayerOptions = {}): Layer {
  return new Layer("flatten", options);
}

/**
 * The same elements under another shape, row-major.
 *
 * @param targetShape - without the batch axis; one size may be -1 and is worked out
 */
export function reshape(targetShape: Shape, options: LayerOptions = {}): Layer {
  return new Layer("reshape", options, { targetShape: [...targetShape] });
}

/**
 * The axes in another order.
 *
 * @param dims - axis i of the result is axis `dims[i - 1]` of the input, counted from 1 as the batch axis stays
 */
export function permute(dims: readonly number[], options: LayerOptions = {}): Layer {
  return new Layer("permute", options, { dims: [...dims] });
}

/**
 * While training, each element is 0 with probability `rate` and x / (1 - rate) otherwise; else the identity
 * (Srivastava et al. 2014). The masks depend on the seed of `compile` and on the step alone.
 *
 * @param rate - in [0, 1); default 0.5
 */
export function dropout(rate: number = 0.5, options: LayerOptions = {}): Layer {
  return new Layer("dropout", options, { rate });
}

/** Options of `embedding`. */
export interface EmbeddingOptions extends LayerOptions {
  /** Default uniform in (-0.05, 0.05). */
  readonly embeddingsInitializer?: InitializerOption;
  readonly embeddingsRegularizer?: RegularizerOption;
}

/**
 * x i32 [...] -> [..., outputDim]: row x of a trained table. The input layer must have dtype i32.
 *
 * @param inputDim - rows of the table; indices must be in [0, inputDim)
 * @param outputDim - size of a row
 */
export function embedding(
  inputDim: number,
  outputDim: number,
  options: EmbeddingOptions = {},
): Layer {
  return new Layer("embedding", options, { inputDim, outputDim });
}
