// Options that many layers share: how parameters start, what keeps them small, and activation functions by name.
// The formulas are in @fastgpu/core; these types only say which names and numbers it takes.

/** Names of activation functions. */
export type ActivationName =
  | "linear"
  | "relu"
  | "relu6"
  | "leakyRelu"
  | "elu"
  | "selu"
  | "gelu"
  | "geluTanh"
  | "silu"
  | "swish"
  | "softplus"
  | "softsign"
  | "hardSigmoid"
  | "hardSwish"
  | "mish"
  | "tanh"
  | "sigmoid"
  | "exponential"
  | "softmax"
  | "logSoftmax";

/** An activation by name, or with its constants. */
export type ActivationOption =
  | ActivationName
  | { readonly name: ActivationName }
  /** Slope (leakyRelu, default 0.2) or scale (elu, default 1) of the negative side. */
  | { readonly name: "leakyRelu" | "elu"; readonly alpha?: number }
  /** max(0, min(1, alpha x + beta)); defaults 1/6 and 1/2. */
  | { readonly name: "hardSigmoid"; readonly alpha?: number; readonly beta?: number }
  /** Axis that sums to 1, counted with the batch axis; default -1, the last. */
  | { readonly name: "softmax" | "logSoftmax"; readonly axis?: number };

/** Names of initializers. */
export type InitializerName =
  | "zeros"
  | "ones"
  | "constant"
  | "uniform"
  | "normal"
  | "truncatedNormal"
  | "glorotUniform"
  | "glorotNormal"
  | "heUniform"
  | "heNormal"
  | "lecunUniform"
  | "lecunNormal"
  | "orthogonal";

/** How a parameter starts: by name, or with its constants. */
export type InitializerOption =
  | InitializerName
  | { readonly name: InitializerName }
  /** Default 0. */
  | { readonly name: "constant"; readonly value?: number }
  /** Defaults -0.05 and 0.05. */
  | { readonly name: "uniform"; readonly min?: number; readonly max?: number }
  /** Defaults 0 and 0.05. */
  | {
      readonly name: "normal" | "truncatedNormal";
      readonly mean?: number;
      readonly stddev?: number;
    }
  /** Default 1. */
  | { readonly name: "orthogonal"; readonly gain?: number };

/** A penalty on the size of a parameter, added to the loss: factor * sum |w| (l1), factor * sum w^2 (l2), or both. */
export type RegularizerOption =
  | "l1"
  | "l2"
  /** Default 0.01. */
  | { readonly name: "l1"; readonly l1?: number }
  /** Default 0.01. */
  | { readonly name: "l2"; readonly l2?: number }
  /** Defaults 0. */
  | { readonly name: "l1l2"; readonly l1?: number; readonly l2?: number };

/** Options of every layer. */
export interface LayerOptions {
  /** Unique within the model, without "/" and "~". Default: the kind, numbered from the second on: dense, dense_1. */
  readonly name?: string;
  /** False keeps the optimizer away from its parameters. Default true. */
  readonly trainable?: boolean;
}

/** Where the channels of a sample are: [c, ...spatial] or [...spatial, c]. */
export type DataFormat = "channelsFirst" | "channelsLast";

/** Options of layers that move a kernel over spatial axes. Lists have one number per axis; one number is for all. */
export interface SpatialOptions extends LayerOptions {
  /** Default channelsFirst. */
  readonly dataFormat?: DataFormat;
  /** Step of the window. */
  readonly strides?: number | readonly number[];
  /**
   * "same": ceil(size / stride) windows; "valid" (the default): none; "causal" (one axis only): all before; or numbers of
   * elements, or [before, after] pairs, per axis.
   */
  readonly padding?: Padding;
}

/** See `SpatialOptions`. */
export type Padding =
  "same" | "valid" | "causal" | number | readonly (number | readonly [number, number])[];

/** Options of layers with a kernel and a bias. */
export interface KernelOptions {
  /** Applied to the result; default none. */
  readonly activation?: ActivationOption;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default zeros. */
  readonly biasInitializer?: InitializerOption;
  readonly biasRegularizer?: RegularizerOption;
}
