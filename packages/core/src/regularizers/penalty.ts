// Penalties on the size of a parameter, added to the loss: l1, l2 and both.
import { add, abs, mul, reduceSum, sign } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { asNamed, configureNamed, type ConfigReader } from "../model/config.ts";
import * as table from "./table.ts";

/** l1 * sum |w| + l2 * sum w^2 (the convention without 1/2); both >= 0. */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** Reads a regularizer given by name (`"l2"`) or object (`{ name: "l2", l2: 1e-4 }`); undefined if absent. */
export function readPenalty(read: ConfigReader, key: string): Penalty | undefined {
  const value = read.raw(key);
  if (value === undefined || value === null) return undefined;
  const penalty = configureNamed(`${read.where}: ${key}`, table, asNamed(read, key, value));
  return penalty.l1 === 0 && penalty.l2 === 0 ? undefined : penalty;
}

/** The penalty of one parameter, a scalar: l1 * sum |w| + l2 * sum w^2. */
export function penaltyOf(parameter: Value, { l1, l2 }: Penalty): Value {
  const axes = parameter.shape.map((_, axis) => axis);
  const square = mul(mul(parameter, parameter), l2);
  if (l1 === 0) return reduceSum(square, axes);
  const linear = mul(abs(parameter), l1);
  return reduceSum(l2 === 0 ? linear : add(linear, square), axes);
}

/** Gradient of `penaltyOf`: l1 * sign(w) + 2 * l2 * w; 0 at w = 0 for the l1 part. */
export function penaltyGradient(parameter: Value, { l1, l2 }: Penalty): Value {
  if (l1 === 0) return mul(parameter, 2 * l2);
  const linear = mul(sign(parameter), l1);
  return l2 === 0 ? linear : add(linear, mul(parameter, 2 * l2));
}
