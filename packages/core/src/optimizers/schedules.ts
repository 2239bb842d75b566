// Learning-rate schedules as formulas of t, the number of finished steps. Not here: warm-up, which wraps another one.
import {
  add,
  cos,
  div,
  floor,
  greater,
  less,
  minimum,
  mul,
  pow,
  select,
  sub,
} from "../functional.ts";
import type { Operand } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { UsageError } from "../errors.ts";
import type { Configurable, ConfigReader } from "../model/config.ts";

type Definition = Configurable<(step: Value) => Operand>;

/** `learningRate` at all steps. */
export const constant: Definition = {
  configure: (read) => {
    const rate = readRate(read, "learningRate");
    return () => rate;
  },
};

/** `initial` * `rate` ^ floor(t / `every`). */
export const step: Definition = {
  configure: (read) => {
    const initial = readRate(read, "initial");
    const rate = read.number("rate", 0.1, { above: 0 });
    const every = read.integer("every", undefined, { min: 1 });
    return (t) => mul(pow(rate, floor(div(t, every))), initial);
  },
};

/** `values[i]` while t < `boundaries[i]`, the last of `values` afterwards: one value more than boundaries. */
export const piecewise: Definition = {
  configure: (read) => {
    const boundaries = read.integers("boundaries", undefined, { min: 1 });
    const values = read.numbers("values");
    const isSorted = boundaries.every((value, i) => i === 0 || value > (boundaries[i - 1] ?? 0));
    if (!isSorted || values.length !== boundaries.length + 1 || values.some((rate) => rate < 0)) {
      throw new UsageError(
        `${read.where}: boundaries must rise and values must be one more and >= 0, got [${boundaries.join(",")}] and [${values.join(",")}]`,
      );
    }
    const last = values.at(-1) ?? 0;
    return (t) =>
      boundaries.reduceRight<Operand>(
        (after, boundary, i) => select(less(t, boundary), values[i] ?? last, after),
        last,
      );
  },
};

/** `initial` * `rate` ^ (t / `steps`); with `staircase` the exponent is rounded down. */
export const exponential: Definition = {
  configure: (read) => {
    const initial = readRate(read, "initial");
    const rate = read.number("rate", undefined, { above: 0 });
    const steps = read.integer("steps", undefined, { min: 1 });
    const staircase = read.flag("staircase", false);
    return (t) => {
      const exponent = div(t, steps);
      return mul(pow(rate, staircase ? floor(exponent) : exponent), initial);
    };
  },
};

/**
 * `final` + (`initial` - `final`) * (1 + cos(pi t / `steps`)) / 2, constant after `steps`: Loshchilov and Hutter 2017
 * (SGDR), equation 5, without restarts. `final` is 0 by default.
 */
export const cosine: Definition = {
  configure: (read) => {
    const initial = readRate(read, "initial");
    const final = read.number("final", 0, { min: 0 });
    const steps = read.integer("steps", undefined, { min: 1 });
    return (t) => cosineFrom(initial, final, progress(t, steps));
  },
};

/** (`initial` - `final`) * (1 - t / `steps`) ^ `power` + `final`, constant after `steps`. Defaults: final 0, power 1. */
export const polynomial: Definition = {
  configure: (read) => {
    const initial = readRate(read, "initial");
    const final = read.number("final", 0, { min: 0 });
    const power = read.number("power", 1, { above: 0 });
    const steps = read.integer("steps", undefined, { min: 1 });
    return (t) => {
      const rest = sub(1, progress(t, steps));
      const shaped = power === 1 ? rest : pow(rest, power);
      return add(mul(shaped, initial - final), final);
    };
  },
};

/**
 * Smith and Topin 2018 with cosine halves: from `peak` / `startDivisor` (25) up to `peak` over the first
 * `warmupShare` (0.3) of `steps`, then down to that start / `endDivisor` (1e4) in the last step, and constant
 * afterwards. The turn is at t = warmupShare * steps - 1, as in PyTorch 2's OneCycleLR; a share of one step or less has
 * no rise.
 */
export const oneCycle: Definition = {
  configure: (read) => {
    const peak = readRate(read, "peak");
    const steps = read.integer("steps", undefined, { min: 2 });
    const share = read.number("warmupShare", 0.3, { above: 0, below: 1 });
    const start = peak / read.number("startDivisor", 25, { min: 1 });
    const end = start / read.number("endDivisor", 1e4, { min: 1 });
    const turn = Math.max(share * steps - 1, 0);
    return (t) => {
      const down = cosineFrom(peak, end, progress(sub(t, turn), steps - 1 - turn));
      if (turn === 0) return down;
      return select(greater(t, turn), down, cosineFrom(start, peak, progress(t, turn)));
    };
  },
};

function readRate(read: ConfigReader, key: string): number {
  return read.number(key, undefined, { min: 0 });
}

/** min(t / steps, 1). */
function progress(t: Value, steps: number): Value {
  return minimum(div(t, steps), 1);
}

/** from at 0, to at 1, along half a cosine wave. */
function cosineFrom(from: number, to: number, share: Value): Value {
  const wave = add(cos(mul(share, Math.PI)), 1);
  return add(mul(wave, (from - to) / 2), to);
}
