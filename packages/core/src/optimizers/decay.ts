// Weight decay, which every optimizer takes in the same two options.
import { add, mul, sub, type Operand } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { ConfigReader } from "../model/config.ts";
import type { Updated } from "./optimizer.ts";

/** How weights shrink. */
export interface Decay {
  /** Factor >= 0; 0 for none. */
  readonly rate: number;
  /**
   * Decoupled: the weight shrinks by learningRate * rate beside the update (Loshchilov and Hutter 2019, algorithm 2).
   * Coupled: rate * weight is added to the gradient, as the gradient of an L2 penalty rate/2 * w^2 is.
   */
  readonly isDecoupled: boolean;
}

/** Reads `weightDecay` and `decoupledDecay`. */
export function readDecay(read: ConfigReader, fallback: number, isDecoupled: boolean): Decay {
  return {
    rate: read.number("weightDecay", fallback, { min: 0 }),
    isDecoupled: read.flag("decoupledDecay", isDecoupled),
  };
}

/** The gradient that moments see: with the coupled part of the decay. */
export function decayedGradient({ parameter, gradient, isDecayed }: Updated, decay: Decay): Value {
  if (!isDecayed || decay.isDecoupled || decay.rate === 0) return gradient;
  return add(gradient, mul(parameter, decay.rate));
}

/** The parameter that the update is taken from: without the decoupled part of the decay. */
export function decayedParameter(
  { parameter, isDecayed }: Updated,
  decay: Decay,
  learningRate: Operand,
): Value {
  if (!isDecayed || !decay.isDecoupled || decay.rate === 0) return parameter;
  // w (1 - lr rate): one pass over the elements, the factor is a scalar.
  return mul(parameter, sub(1, scaled(parameter, learningRate, decay.rate)));
}

function scaled(parameter: Value, learningRate: Operand, rate: number): Value {
  return typeof learningRate === "number"
    ? parameter.emitter.scalar(learningRate * rate, parameter.dtype)
    : mul(learningRate, rate);
}
