// Adam and AdamW.
import { add, div, mul, sqrt, sub } from "../functional.ts";
import { biasCorrection } from "./bias-correction.ts";
import type { ConfigReader } from "../model/config.ts";
import { decayedGradient, decayedParameter, readDecay } from "./decay.ts";
import type { Optimizer, OptimizerDefinition } from "./optimizer.ts";
import { momentSlots, nextMoments } from "./moments.ts";
import { readLearningRate } from "./schedule.ts";

/**
 * Adam: Kingma and Ba 2015, algorithm 1, with epsilon added to sqrt(v / (1 - beta2^t)) as printed there. Options:
 * learningRate (0.001), beta1 (0.9), beta2 (0.999), epsilon (1e-8), weightDecay (0), decoupledDecay (false).
 */
export const adam: OptimizerDefinition = { configure: (read) => adaptiveMoments(read, 0, false) };

/**
 * Adam with decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2, with the schedule multiplier in the
 * learning rate. Options as adam; weightDecay 0.01 and decoupledDecay true by default.
 */
export const adamw: OptimizerDefinition = {
  configure: (read) => adaptiveMoments(read, 0.01, true),
};

/**
 * The state holds the moments without their factors, M = m / (1 - beta1) and V = v / (1 - beta2), so that
 * M = beta1 M + g and V = beta2 V + g^2, and everything that is the same for all elements is one scalar:
 * with r = sqrt((1 - beta2^t) / (1 - beta2)),
 * w -= [lr (1 - beta1) / (1 - beta1^t) r] * M / (sqrt(V) + epsilon r), which is the published step multiplied out.
 * Ten passes over the elements instead of fourteen; exact, epsilon included.
 */
function adaptiveMoments(read: ConfigReader, decayRate: number, isDecoupled: boolean): Optimizer {
  const beta1 = read.number("beta1", 0.9, { above: 0, below: 1 });
  const beta2 = read.number("beta2", 0.999, { above: 0, below: 1 });
  const epsilon = read.number("epsilon", 1e-8, { min: 0 });
  const decay = readDecay(read, decayRate, isDecoupled);
  return {
    isElementwise: true,
    hasDecay: decay.rate > 0,
    learningRate: readLearningRate(read, 0.001),
    slots: momentSlots,
    begin: ({ count, learningRate }) => {
      const root = sqrt(biasCorrection(beta2, count, 1 / (1 - beta2)));
      // Numbers go into the divisor: the whole rate is then one node for an engine that runs nodes one by one.
      const isFixed = typeof learningRate === "number" && learningRate > 0;
      const divisor = 1 / ((1 - beta1) * (isFixed ? learningRate : 1));
      const unit = div(root, biasCorrection(beta1, count, divisor));
      const rate = isFixed ? unit : mul(unit, learningRate);
      const shift = mul(root, epsilon);
      return (updated) => {
        const gradient = decayedGradient(updated, decay);
        const [m, v] = nextMoments(updated, gradient, { beta1, beta2 });
        const step = mul(div(m, add(sqrt(v), shift)), rate);
        const parameter = decayedParameter(updated, decay, learningRate);
        return { parameter: sub(parameter, step), slots: [m, v] };
      };
    },
  };
}
