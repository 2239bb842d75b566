// Lion: steps of equal length in every element, in the direction of the sign of a momentum.
import { add, mul, sign, sub } from "../functional.ts";
import { decayedGradient, decayedParameter, readDecay } from "./decay.ts";
import { slotAt, type OptimizerDefinition } from "./optimizer.ts";
import { readLearningRate } from "./schedule.ts";

/**
 * Chen et al. 2023, algorithm 2: w -= lr (sign(beta1 m + (1 - beta1) g) + weightDecay w); m = beta2 m + (1 - beta2) g.
 * Options: learningRate (1e-4), beta1 (0.9), beta2 (0.99), weightDecay (0), decoupledDecay (true).
 *
 * The state holds M = m / (1 - beta2), so M = beta2 M + g. A positive factor leaves a sign alone, so the direction is
 * sign(M beta1 (1 - beta2) / (1 - beta1) + g).
 */
export const lion: OptimizerDefinition = {
  configure: (read) => {
    const beta1 = read.number("beta1", 0.9, { above: 0, below: 1 });
    const beta2 = read.number("beta2", 0.99, { above: 0, below: 1 });
    const decay = readDecay(read, 0, true);
    return {
      isElementwise: true,
      hasDecay: decay.rate > 0,
      learningRate: readLearningRate(read, 1e-4),
      slots: [{ name: "m", initial: 0 }],
      begin:
        ({ learningRate }) =>
        (updated) => {
          const gradient = decayedGradient(updated, decay);
          const momentum = slotAt(updated, 0);
          const direction = sign(add(mul(momentum, (beta1 * (1 - beta2)) / (1 - beta1)), gradient));
          const parameter = decayedParameter(updated, decay, learningRate);
          const m = add(mul(momentum, beta2), gradient);
          return { parameter: sub(parameter, mul(direction, learningRate)), slots: [m] };
        },
    };
  },
};
