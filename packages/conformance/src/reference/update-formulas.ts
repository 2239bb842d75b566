// One step of each optimizer as its paper prints it, in float64 on plain arrays: the oracle of optimizer cases. Written from
// the papers and not from the core's optimizers, which keep their moments in another form.

/** Numbers of one parameter after a step, and what the optimizer keeps. */
export interface Stepped {
  readonly w: readonly number[];
  readonly m: readonly number[];
  readonly v: readonly number[];
}

/** Options of a formula; learningRate and the names of the papers. */
export interface FormulaOptions {
  readonly learningRate: number;
  readonly momentum: number;
  readonly rho: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** (state, gradient, t from 1, options) -> state after step t. */
export type UpdateFormula = (
  state: Stepped,
  g: readonly number[],
  t: number,
  options: FormulaOptions,
) => Stepped;

const at = (values: readonly number[], i: number): number => values[i] ?? 0;

/** w -= lr g. */
const sgd: UpdateFormula = ({ w, m, v }, g, _t, { learningRate }) => ({
  w: w.map((x, i) => x - learningRate * at(g, i)),
  m,
  v,
});

/** v = mu v - lr g; w += v: Sutskever et al. 2013, equations 1 and 2. */
const momentum: UpdateFormula = ({ w, m, v }, g, _t, { learningRate, momentum: mu }) => {
  const next = w.map((_, i) => mu * at(v, i) - learningRate * at(g, i));
  return { w: w.map((x, i) => x + at(next, i)), m, v: next };
};

/** v = mu v - lr g; w += mu v - lr g: Nesterov's step at the point looked ahead to, Bengio et al. 2013, equation 7. */
const nesterov: UpdateFormula = ({ w, m, v }, g, _t, { learningRate, momentum: mu }) => {
  const next = w.map((_, i) => mu * at(v, i) - learningRate * at(g, i));
  return { w: w.map((x, i) => x + mu * at(next, i) - learningRate * at(g, i)), m, v: next };
};

/** Kingma and Ba 2015, algorithm 1; with decoupled decay Loshchilov and Hutter 2019, algorithm 2. */
const adamw: UpdateFormula = ({ w, m, v }, g, t, options) => {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
  const first = w.map((_, i) => beta1 * at(m, i) + (1 - beta1) * at(g, i));
  const second = w.map((_, i) => beta2 * at(v, i) + (1 - beta2) * at(g, i) ** 2);
  const next = w.map((x, i) => {
    const mHat = at(first, i) / (1 - beta1 ** t);
    const vHat = at(second, i) / (1 - beta2 ** t);
    return x - learningRate * (mHat / (Math.sqrt(vHat) + epsilon) + weightDecay * x);
  });
  return { w: next, m: first, v: second };
};

const adam: UpdateFormula = (state, g, t, options) =>
  adamw(state, g, t, { ...options, weightDecay: 0 });

/** Duchi, Hazan and Singer 2011, figure 1, diagonal: G += g^2; w -= lr g / (sqrt(G) + epsilon). */
const adagrad: UpdateFormula = ({ w, m, v }, g, _t, { learningRate, epsilon }) => {
  const sums = w.map((_, i) => at(v, i) + at(g, i) ** 2);
  const next = w.map((x, i) => x - (learningRate * at(g, i)) / (Math.sqrt(at(sums, i)) + epsilon));
  return { w: next, m, v: sums };
};

/** Tieleman and Hinton 2012, lecture 6.5: v = rho v + (1 - rho) g^2; w -= lr g / (sqrt(v) + epsilon). */
const rmsprop: UpdateFormula = ({ w, m, v }, g, _t, { learningRate, rho, epsilon }) => {
  const means = w.map((_, i) => rho * at(v, i) + (1 - rho) * at(g, i) ** 2);
  const next = w.map((x, i) => x - (learningRate * at(g, i)) / (Math.sqrt(at(means, i)) + epsilon));
  return { w: next, m, v: means };
};

/** You et al. 2020, algorithm 2 with phi(z) = z, over the parameter as one layer. */
const lamb: UpdateFormula = (state, g, t, options) => {
  const { w } = state;
  const { learningRate, weightDecay } = options;
  const adamStep = adam({ ...state, w: w.map(() => 0) }, g, t, { ...options, learningRate: 1 });
  const direction = w.map((x, i) => weightDecay * x - at(adamStep.w, i));
  const ratio = norm(w) / norm(direction);
  const next = w.map((x, i) => x - learningRate * ratio * at(direction, i));
  return { ...adamStep, w: next };
};

/** Chen et al. 2023, algorithm 2: the update looks at beta1, the momentum that is kept at beta2. */
const lion: UpdateFormula = ({ w, m, v }, g, _t, options) => {
  const { learningRate, beta1, beta2, weightDecay } = options;
  const next = w.map((x, i) => {
    const direction = Math.sign(beta1 * at(m, i) + (1 - beta1) * at(g, i));
    return x - learningRate * (direction + weightDecay * x);
  });
  return { w: next, m: w.map((_, i) => beta2 * at(m, i) + (1 - beta2) * at(g, i)), v };
};

const norm = (values: readonly number[]): number => Math.hypot(...values);

/** The formulas, by the name of the optimizer. */
export const updateFormulas: Readonly<Record<string, UpdateFormula>> = {
  sgd,
  momentum,
  nesterov,
  adam,
  adamw,
  adagrad,
  rmsprop,
  lamb,
  lion,
};

/** Learning rate at step t, 0 in the first, by the name of the schedule: the formulas of docs and papers, written out. */
export const rateFormulas: Readonly<Record<string, RateFormula>> = {
  constant: { config: { learningRate: 0.04 }, at: () => 0.04 },
  step: {
    config: { initial: 0.08, rate: 0.5, every: 2 },
    at: (t) => 0.08 * 0.5 ** Math.floor(t / 2),
  },
  piecewise: {
    config: { boundaries: [2, 5], values: [0.08, 0.02, 0.05] },
    at: (t) => (t < 2 ? 0.08 : t < 5 ? 0.02 : 0.05),
  },
  exponential: {
    config: { initial: 0.08, rate: 0.7, steps: 3 },
    at: (t) => 0.08 * 0.7 ** (t / 3),
  },
  // Loshchilov and Hutter 2017, equation 5.
  cosine: {
    config: { initial: 0.08, final: 0.01, steps: 5 },
    at: (t) => 0.01 + (0.07 * (1 + Math.cos((Math.PI * Math.min(t, 5)) / 5))) / 2,
  },
  polynomial: {
    config: { initial: 0.08, final: 0.01, power: 2, steps: 5 },
    at: (t) => 0.07 * (1 - Math.min(t, 5) / 5) ** 2 + 0.01,
  },
  // Goyal et al. 2017, section 2.2.
  warmup: { config: { peak: 0.08, steps: 4 }, at: (t) => 0.08 * Math.min((t + 1) / 4, 1) },
};

/** A schedule's options and its rate at step t. */
export interface RateFormula {
  readonly config: Readonly<Record<string, number | readonly number[]>>;
  readonly at: (t: number) => number;
}
