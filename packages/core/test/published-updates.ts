// One step of each optimizer as its paper prints it, on plain arrays in float64: what tests compare with. It shares no
// code with the library and keeps moments unscaled, as the papers do.

/** One parameter before a step. `memory` starts empty and is the update's own. */
export interface Before {
  readonly w: readonly number[];
  readonly g: readonly number[];
  /** Number of the step, from 1. */
  readonly t: number;
  readonly lr: number;
  readonly memory: Record<string, number[]>;
  /** Rate of decoupled decay; 0 for parameters without. */
  readonly decay: number;
}

/** The parameter after the step. */
export type PublishedUpdate = (before: Before) => number[];

/** The named array in memory, at first full of `initial`, replaced by `next` of each element. */
function evolve(
  { memory, w }: Before,
  name: string,
  next: (old: number, i: number) => number,
  initial = 0,
): number[] {
  const old = memory[name] ?? w.map(() => initial);
  return (memory[name] = old.map(next));
}

/** Takes steps of length lr off the weights, which shrink by lr * decay beside it. */
function descend({ w, lr, decay }: Before, step: (i: number) => number): number[] {
  return w.map((value, i) => value - lr * decay * value - lr * step(i));
}

/** w -= lr g. */
export const sgd: PublishedUpdate = (at) => descend(at, (i) => at.g[i]!);

/** v = mu v + g; w -= lr v; Nesterov: w -= lr (g + mu v). */
export function momentum(mu: number, isNesterov: boolean): PublishedUpdate {
  return (at) => {
    const v = evolve(at, "v", (old, i) => mu * old + at.g[i]!);
    return descend(at, (i) => (isNesterov ? at.g[i]! + mu * v[i]! : v[i]!));
  };
}

/** Duchi et al. 2011. */
export function adagrad(initial: number, epsilon: number): PublishedUpdate {
  return (at) => {
    const sums = evolve(at, "G", (old, i) => old + at.g[i]! ** 2, initial);
    return descend(at, (i) => at.g[i]! / (Math.sqrt(sums[i]!) + epsilon));
  };
}

/** Tieleman and Hinton 2012; centered: Graves 2013. */
export function rmsprop(
  rho: number,
  epsilon: number,
  mu: number,
  isCentered: boolean,
): PublishedUpdate {
  return (at) => {
    const v = evolve(at, "v", (old, i) => rho * old + (1 - rho) * at.g[i]! ** 2);
    const a = evolve(at, "a", (old, i) => rho * old + (1 - rho) * at.g[i]!);
    const variance = (i: number): number => (isCentered ? v[i]! - a[i]! ** 2 : v[i]!);
    const b = evolve(at, "b", (old, i) => mu * old + at.g[i]! / (Math.sqrt(variance(i)) + epsilon));
    return descend(at, (i) => b[i]!);
  };
}

/** The bias-corrected direction of Adam: Kingma and Ba 2015, algorithm 1. */
function adamDirection(at: Before, beta1: number, beta2: number, epsilon: number): number[] {
  const m = evolve(at, "m", (old, i) => beta1 * old + (1 - beta1) * at.g[i]!);
  const v = evolve(at, "v", (old, i) => beta2 * old + (1 - beta2) * at.g[i]! ** 2);
  return m.map((value, i) => {
    const moment = value / (1 - beta1 ** at.t);
    return moment / (Math.sqrt(v[i]! / (1 - beta2 ** at.t)) + epsilon);
  });
}

/** Kingma and Ba 2015; with decay Loshchilov and Hutter 2019, algorithm 2. */
export function adam(beta1: number, beta2: number, epsilon: number): PublishedUpdate {
  return (at) => {
    const direction = adamDirection(at, beta1, beta2, epsilon);
    return descend(at, (i) => direction[i]!);
  };
}

/** You et al. 2020, algorithm 2 with phi(z) = z. */
export function lamb(beta1: number, beta2: number, epsilon: number): PublishedUpdate {
  return (at) => {
    const direction = adamDirection(at, beta1, beta2, epsilon).map(
      (r, i) => r + at.decay * at.w[i]!,
    );
    const ratio = Math.hypot(...at.w) / Math.hypot(...direction);
    return at.w.map((value, i) => value - at.lr * ratio * direction[i]!);
  };
}

/** Chen et al. 2023, algorithm 2. */
export function lion(beta1: number, beta2: number): PublishedUpdate {
  return (at) => {
    const before = at.memory["m"] ?? at.w.map(() => 0);
    evolve(at, "m", (old, i) => beta2 * old + (1 - beta2) * at.g[i]!);
    return descend(at, (i) => Math.sign(beta1 * before[i]! + (1 - beta1) * at.g[i]!));
  };
}
