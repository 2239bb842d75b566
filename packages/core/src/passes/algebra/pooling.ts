// What follows a max pool's gradient is cheaper before it, where there are as many elements as windows.
import { mul, cast, greater, maxPoolGrad, reduceSum } from "../../functional.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/value.ts";
import { knownNumber, producer, type AlgebraRule } from "./match.ts";

/**
 * maxPoolGrad(x, y, dy) * cast(x > c) -> maxPoolGrad(x, y, dy * cast(y > c)): an element that a gradient goes to is the
 * maximum of its window, so both masks agree there, and everywhere else the gradient is 0. The ReLU before a pool.
 */
export const maskBeforeMaxPoolGrad: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (node.op !== "mul" || a === undefined || b === undefined) return undefined;
  return maskedInside(builder, a, b) ?? maskedInside(builder, b, a);
};

function maskedInside(builder: GraphBuilder, gradient: Value, mask: Value): Value | undefined {
  const pool = producer(builder, gradient, "maxPoolGrad");
  const [x, y, dy] = pool?.inputs ?? [];
  const [comparison] = producer(builder, mask, "cast")?.inputs ?? [];
  if (pool === undefined || x === undefined || y === undefined || dy === undefined)
    return undefined;
  const [compared, bound] =
    comparison === undefined ? [] : (producer(builder, comparison, "greater")?.inputs ?? []);
  const threshold = bound === undefined ? undefined : knownNumber(builder, bound);
  if (compared?.id !== x.id || threshold === undefined) return undefined;
  return maxPoolGrad(x, y, mul(dy, cast(greater(y, threshold), dy.dtype)), pool.attrs);
}

/** The sum of maxPoolGrad(x, y, dy) over all spatial axes is that of dy: every dy goes to one element of its plane. */
export const sumBeforeMaxPoolGrad: AlgebraRule = ({ node, inputs: [value], builder }) => {
  if (node.op !== "reduceSum" || value === undefined) return undefined;
  const [, , dy] = producer(builder, value, "maxPoolGrad")?.inputs ?? [];
  const { axes, keepDims } = node.attrs;
  const isWhole = value.shape.every((_, axis) => axis < 2 || axes.includes(axis));
  return dy === undefined || !isWhole ? undefined : reduceSum(dy, axes, keepDims);
};
