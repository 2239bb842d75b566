// Adagrad: a step per element that shrinks with the squares of all its gradients so far.
import { add, div, mul, sqrt, sub } from "../functional.ts";
import { decayedGradient, decayedParameter, readDecay } from "./decay.ts";
import { slotAt, type OptimizerDefinition } from "./optimizer.ts";
import { readLearningRate } from "./schedule.ts";

/**
 * Duchi, Hazan and Singer 2011, figure 1 (diagonal): G += g^2; w -= lr g / (sqrt(G) + epsilon). Options: learningRate
 * (0.01), initialAccumulator (0), epsilon (1e-10), weightDecay (0), decoupledDecay (false).
 */
export const adagrad: OptimizerDefinition = {
  configure: (read) => {
    const initial = read.number("initialAccumulator", 0, { min: 0 });
    // Above 0: an element whose gradient has always been 0 would otherwise be 0 / 0.
    const epsilon = read.number("epsilon", 1e-10, { above: 0 });
    const decay = readDecay(read, 0, false);
    return {
      isElementwise: true,
      hasDecay: decay.rate > 0,
      learningRate: readLearningRate(read, 0.01),
      slots: [{ name: "accumulator", initial }],
      begin:
        ({ learningRate }) =>
        (updated) => {
          const gradient = decayedGradient(updated, decay);
          const accumulator = add(slotAt(updated, 0), mul(gradient, gradient));
          const step = mul(div(gradient, add(sqrt(accumulator), epsilon)), learningRate);
          const parameter = decayedParameter(updated, decay, learningRate);
          return { parameter: sub(parameter, step), slots: [accumulator] };
        },
    };
  },
};
