// LAMB: Adam's direction, with the length of the step set per parameter by the length of the parameter.
import { add, and, div, greater, mul, reduceSum, select, sqrt, sub } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { biasCorrection } from "./bias-correction.ts";
import { decayedGradient, readDecay } from "./decay.ts";
import type { OptimizerDefinition } from "./optimizer.ts";
import { momentSlots, nextMoments } from "./moments.ts";
import { readLearningRate } from "./schedule.ts";

/**
 * You et al. 2020, algorithm 2 with phi(z) = z: r = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) +
 * weightDecay w; w -= lr (|w| / |r|) r, with L2 norms over the whole parameter; the quotient is 1 where a norm is 0,
 * as in the authors' program. Options: learningRate (0.001), beta1 (0.9), beta2 (0.999), epsilon (1e-6), weightDecay
 * (0.01), decoupledDecay (true; false adds the decay to the gradient instead).
 * Moments are kept without their factors, as `adam` does.
 */
export const lamb: OptimizerDefinition = {
  configure: (read) => {
    const beta1 = read.number("beta1", 0.9, { above: 0, below: 1 });
    const beta2 = read.number("beta2", 0.999, { above: 0, below: 1 });
    const epsilon = read.number("epsilon", 1e-6, { above: 0 });
    const decay = readDecay(read, 0.01, true);
    return {
      isElementwise: false,
      hasDecay: decay.rate > 0,
      learningRate: readLearningRate(read, 0.001),
      slots: momentSlots,
      begin: ({ count, learningRate }) => {
        const root = sqrt(biasCorrection(beta2, count, 1 / (1 - beta2)));
        const rate = div(root, biasCorrection(beta1, count, 1 / (1 - beta1)));
        const shift = mul(root, epsilon);
        return (updated) => {
          const gradient = decayedGradient(updated, decay);
          const [m, v] = nextMoments(updated, gradient, { beta1, beta2 });
          const { parameter, isDecayed } = updated;
          const moment = mul(div(m, add(sqrt(v), shift)), rate);
          const isShrunk = isDecayed && decay.isDecoupled && decay.rate > 0;
          const direction = isShrunk ? add(moment, mul(parameter, decay.rate)) : moment;
          const length = mul(trustRatio(parameter, direction), learningRate);
          return { parameter: sub(parameter, mul(direction, length)), slots: [m, v] };
        };
      },
    };
  },
};

/** |w| / |r|, or 1 where one of them is 0; f32 []. */
function trustRatio(parameter: Value, direction: Value): Value {
  const [weight, step] = [norm(parameter), norm(direction)];
  const hasBoth = and(greater(weight, 0), greater(step, 0));
  return select(hasBoth, div(weight, select(hasBoth, step, 1)), 1);
}

function norm(x: Value): Value {
  return sqrt(reduceSum(mul(x, x)));
}
