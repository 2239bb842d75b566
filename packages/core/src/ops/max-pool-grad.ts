// Gradient of maxPool.
import { ShapeError } from "../errors.ts";
import { and, broadcastTo, equal, not, or, pad, select, slice } from "../functional.ts";
import { formatShape, sameShape, sizeOf } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { checkDType } from "./elementwise.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import { poolFlops, walkPool } from "./pool.ts";
import { poolAxes, pooledShape, type PoolAttrs } from "./window.ts";

/**
 * x [n, c, ...s], y = maxPool(x), dy [n, c, ...o] -> dx [n, c, ...s]: dy goes to the first maximum of its window in
 * row-major order; overlapping windows add up.
 */
export const maxPoolGrad: Primitive<PoolAttrs> = {
  kind: "primitive",
  arity: 3,
  infer: ([x, y, dy], attrs) => {
    const { dtype, shape } = checkDType("maxPoolGrad", "float", x!);
    const pooled = pooledShape("maxPoolGrad", shape, attrs);
    for (const operand of [y!, dy!]) {
      if (operand.dtype !== dtype || !sameShape(operand.shape, pooled)) {
        throw new ShapeError(
          `maxPoolGrad: y and dy must be ${dtype}${formatShape(pooled)}, got y=${formatType(y!)}, dy=${formatType(dy!)} for x=${formatShape(shape)}`,
        );
      }
    }
    return { dtype, shape };
  },
  // Piecewise constant in x and y, so only dy has a gradient: each window takes it from where its maximum lies.
  vjp: ({ inputs: [x, y], grad, attrs }) => [undefined, undefined, takeMaxima(x!, y!, grad, attrs)],
  evaluate: ([x, y, dy], attrs, output) => {
    const result = new Float64Array(sizeOf(output.shape));
    const best = new Int32Array(y!.data.length).fill(-1);
    walkPool(x!.shape, poolAxes("maxPoolGrad", x!.shape, attrs), (from, to) => {
      if (best[to] === -1 || x!.data[from]! > x!.data[best[to]!]!) best[to] = from;
    });
    best.forEach((from, to) => {
      result[from] = result[from]! + dy!.data[to]!;
    });
    return result;
  },
  flops: ([, y], attrs) => poolFlops(y!, attrs),
  bytes: streamedBytes,
};

/** values [n, c, ...s] at the first maximum of each window of x -> [n, c, ...o]: the transpose of maxPoolGrad. */
function takeMaxima(x: Value, y: Value, values: Value, attrs: PoolAttrs): Value {
  const low = [0, 0, ...attrs.padding.map((sides) => sides[0])];
  const high = [0, 0, ...attrs.padding.map((sides) => sides[1])];
  const isPadded = [...low, ...high].some((size) => size > 0);
  const widen = (value: Value): Value => (isPadded ? pad(value, low, high) : value);
  const inside = widen(broadcastTo(x.emitter.scalar(1, "bool"), x.shape));
  const [padded, source] = [widen(x), widen(values)];
  const zero = broadcastTo(x.emitter.scalar(0, values.dtype), y.shape);
  let taken = broadcastTo(x.emitter.scalar(0, "bool"), y.shape);
  let result = zero;
  for (let tap = 0; tap < sizeOf(attrs.window); tap++) {
    const view = (value: Value): Value => tapView(value, y, tap, attrs);
    const isMaximum = equal(view(padded), y);
    const wins = and(isPadded ? and(isMaximum, view(inside)) : isMaximum, not(taken));
    result = select(wins, view(source), result);
    taken = or(taken, wins);
  }
  return result;
}

/** The element that window position `tap` (row-major) sees in each window: [n, c, ...o]. */
function tapView(padded: Value, y: Value, tap: number, { window, strides }: PoolAttrs): Value {
  const starts = [0, 0];
  let rest = tap;
  for (let axis = window.length - 1; axis >= 0; axis--) {
    starts[axis + 2] = rest % window[axis]!;
    rest = Math.floor(rest / window[axis]!);
  }
  const steps = [1, 1, ...strides];
  const limits = y.shape.map(
    (size, axis) => starts[axis]! + Math.max(size - 1, -1) * steps[axis]! + 1,
  );
  return slice(padded, starts, limits, steps);
}
