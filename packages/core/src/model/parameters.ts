// What a model keeps in state: parameters and running statistics, how they start, and how they are treated.
import { sizeOf, type Shape } from "../graph/shape.ts";
import { tensorFrom, type TensorMap } from "../graph/tensor.ts";
import { randomStream, type RandomStream } from "../initializers/random-stream.ts";
import type { Fans } from "../layers/layer.ts";
import type { Penalty } from "../regularizers/penalty.ts";

/** One tensor of a model's state, f32. */
export interface ParameterInfo {
  /** `layer/kernel`. */
  readonly name: string;
  readonly shape: Shape;
  /** A statistic follows the data and never has a gradient. */
  readonly role: "parameter" | "statistic";
  readonly isTrainable: boolean;
  /** True if weight decay may shrink it. */
  readonly isDecayed: boolean;
  readonly penalty?: Penalty;
  /** Its values at the start, row-major; a function of the stream alone. */
  readonly initialize: (random: RandomStream) => Float64Array;
}

/** Total number of elements, trainable and not. */
export function countElements(parameters: readonly ParameterInfo[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** All parameters at their start under a seed, by name. Every parameter has its own stream, so order is irrelevant. */
export function initializeParameters(
  parameters: readonly ParameterInfo[],
  seed: number,
): TensorMap {
  const entries = parameters.map(({ name, shape, initialize }) => {
    return [name, tensorFrom("f32", shape, initialize(randomStream(seed, name)))] as const;
  });
  return Object.fromEntries(entries);
}

/** Connections of one unit where the layer says nothing: both sizes of a matrix, else the last size twice. */
export function defaultFans(shape: Shape): Fans {
  const last = shape.at(-1) ?? 1;
  const previous = shape.length < 2 ? last : (shape.at(-2) ?? 1);
  return { fanIn: previous, fanOut: last };
}
