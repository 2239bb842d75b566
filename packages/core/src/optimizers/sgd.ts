// Gradient descent, plain and with momentum.
import { add, mul, sub } from "../functional.ts";
import type { ConfigReader } from "../model/config.ts";
import { decayedGradient, decayedParameter, readDecay } from "./decay.ts";
import type { Optimizer, OptimizerDefinition } from "./optimizer.ts";
import { readLearningRate } from "./schedule.ts";

/** Options of all three: learningRate (0.01), momentum, nesterov, weightDecay (0), decoupledDecay (false). */
export const sgd: OptimizerDefinition = {
  configure: (read) => descent(read, read.number("momentum", 0, momentumRange), false),
};

/** sgd with momentum 0.9. */
export const momentum: OptimizerDefinition = {
  configure: (read) => descent(read, read.number("momentum", 0.9, momentumRange), false),
};

/** sgd with Nesterov momentum 0.9. */
export const nesterov: OptimizerDefinition = {
  configure: (read) => descent(read, read.number("momentum", 0.9, momentumRange), true),
};

const momentumRange = { min: 0, below: 1 };

/**
 * Sutskever et al. 2013, equations 1-4, in the form that keeps the velocity free of the learning rate:
 * v = mu v + g; w -= lr v, or with Nesterov w -= lr (g + mu v).
 */
function descent(read: ConfigReader, mu: number, isNesterov: boolean): Optimizer {
  const looksAhead = read.flag("nesterov", isNesterov);
  const decay = readDecay(read, 0, false);
  return {
    isElementwise: true,
    hasDecay: decay.rate > 0,
    learningRate: readLearningRate(read, 0.01),
    slots: mu === 0 ? [] : [{ name: "velocity", initial: 0 }],
    begin:
      ({ learningRate }) =>
      (updated) => {
        const gradient = decayedGradient(updated, decay);
        const parameter = decayedParameter(updated, decay, learningRate);
        const [velocity] = updated.slots;
        if (velocity === undefined) {
          return { parameter: sub(parameter, mul(gradient, learningRate)), slots: [] };
        }
        const next = add(mul(velocity, mu), gradient);
        const direction = looksAhead ? add(gradient, mul(next, mu)) : next;
        return { parameter: sub(parameter, mul(direction, learningRate)), slots: [next] };
      },
  };
}
