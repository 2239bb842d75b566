// RMSprop: a step per element in units of the recent size of its gradient.
import { add, div, maximum, mul, sqrt, sub } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { decayedGradient, decayedParameter, readDecay } from "./decay.ts";
import { slotAt, type OptimizerDefinition } from "./optimizer.ts";
import { readLearningRate } from "./schedule.ts";

/**
 * Tieleman and Hinton 2012 (lecture 6.5): v = rho v + (1 - rho) g^2; w -= lr g / (sqrt(v) + epsilon). With `centered`
 * (Graves 2013, equations 38-40) the mean a = rho a + (1 - rho) g is taken out: sqrt(v - a^2) in place of sqrt(v). With
 * momentum mu: b = mu b + g / (sqrt(v) + epsilon); w -= lr b.
 * Options: learningRate (0.001), rho (0.9), epsilon (1e-8), momentum (0), centered (false), weightDecay (0),
 * decoupledDecay (false).
 *
 * The state holds V = v / (1 - rho) and A = a / (1 - rho), so that V = rho V + g^2 and A = rho A + g. Then
 * v - a^2 = (1 - rho) (V - (1 - rho) A^2), and the factor sqrt(1 - rho) leaves the elements for the rate and epsilon.
 */
export const rmsprop: OptimizerDefinition = {
  configure: (read) => {
    const rho = read.number("rho", 0.9, { above: 0, below: 1 });
    const epsilon = read.number("epsilon", 1e-8, { above: 0 });
    const mu = read.number("momentum", 0, { min: 0, below: 1 });
    const isCentered = read.flag("centered", false);
    const decay = readDecay(read, 0, false);
    const root = Math.sqrt(1 - rho);
    const names = ["v", ...(isCentered ? ["mean"] : []), ...(mu > 0 ? ["velocity"] : [])];
    return {
      isElementwise: true,
      hasDecay: decay.rate > 0,
      learningRate: readLearningRate(read, 0.001),
      slots: names.map((name) => ({ name, initial: 0 })),
      begin: ({ learningRate }) => {
        const rate =
          typeof learningRate === "number" ? learningRate / root : mul(learningRate, 1 / root);
        return (updated) => {
          const gradient = decayedGradient(updated, decay);
          const v = add(mul(slotAt(updated, 0), rho), mul(gradient, gradient));
          const means = isCentered ? [add(mul(slotAt(updated, 1), rho), gradient)] : [];
          const size = sqrt(means.reduce((rest, mean) => without(rest, mean, 1 - rho), v));
          const scaled = div(gradient, add(size, epsilon / root));
          const velocities =
            mu > 0 ? [add(mul(slotAt(updated, names.length - 1), mu), scaled)] : [];
          const step = mul(velocities[0] ?? scaled, rate);
          const parameter = decayedParameter(updated, decay, learningRate);
          return { parameter: sub(parameter, step), slots: [v, ...means, ...velocities] };
        };
      },
    };
  },
};

/** V - share A^2, never negative: both round, and equal gradients make them equal. */
function without(v: Value, mean: Value, share: number): Value {
  return maximum(sub(v, mul(mul(mean, mean), share)), 0);
}
