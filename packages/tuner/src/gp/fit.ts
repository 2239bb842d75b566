// Fits hyper-parameters by Rprop, which needs nothing but the signs of the gradient and is robust where the likelihood
// is flat in some directions and steep in others (Riedmiller and Braun 1993, iRprop-; for Gaussian processes Blum and
// Riedmiller 2013). It is 20 lines, and no maintained library on npm takes gradients and typed arrays.
import { kernelOf, Likelihood, logPriors, type FitData, type LogParameters } from "./likelihood.ts";
import type { Kernel } from "./kernel.ts";

const firstStep = 0.3;
const largestStep = 1;
const smallestStep = 1e-3;
const growth = 1.2;
const shrink = 0.5;

/** Logarithms stay within this distance of what is expected. */
const range = 8;

// A fit ends where this many iterations lower the value by less than this: a likelihood that is e^.05 times as high is no
// better knowledge, and half of the iterations of most fits only go that far.
const patience = 4;
const leastFall = 0.05;

/** Fit options. */
export interface FitOptions {
  readonly iterations: number;
  /** Where to start; what is expected, by default. */
  readonly start?: LogParameters;
}

/** The hyper-parameters with the highest posterior that the iterations met. */
export function fitParameters(data: FitData, { iterations, start }: FitOptions): LogParameters {
  const priors = logPriors(data.terms);
  const likelihood = new Likelihood(data);
  const parameters =
    start === undefined ? Float64Array.from(priors, ({ mean }) => mean) : Float64Array.from(start);
  const steps = new Float64Array(parameters.length).fill(firstStep);
  const gradient = new Float64Array(parameters.length);
  const earlier = new Float64Array(parameters.length);
  let best = Float64Array.from(parameters);
  let lowest = Infinity;
  const lowestAt: number[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const value = likelihood.evaluate(parameters, gradient);
    if (value < lowest) {
      lowest = value;
      best = Float64Array.from(parameters);
    }
    lowestAt.push(lowest);
    if (iteration >= patience && lowestAt[iteration - patience]! - lowest < leastFall) break;
    for (let p = 0; p < parameters.length; p++) {
      const agreement = gradient[p]! * earlier[p]!;
      if (agreement > 0) steps[p] = Math.min(steps[p]! * growth, largestStep);
      else if (agreement < 0) {
        steps[p] = Math.max(steps[p]! * shrink, smallestStep);
        gradient[p] = 0;
      }
      const moved = parameters[p]! - Math.sign(gradient[p]!) * steps[p]!;
      const { mean } = priors[p]!;
      parameters[p] = Math.min(mean + range, Math.max(mean - range, moved));
      earlier[p] = gradient[p]!;
    }
  }
  return best;
}

/** The kernel of a fit. */
export function fittedKernel(data: FitData, parameters: LogParameters): Kernel {
  return kernelOf(
    parameters,
    data.points.some(({ guess }) => guess !== 0),
  );
}
