// Tensors and windows by plain loops over indices: the other method that layer tests compare with.

/** A tensor, row-major. */
export interface Plain {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** All indices of a shape in row-major order. */
export function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );
}

/** The element at an index, or `outside` where there is none. */
export function at({ shape, data }: Plain, index: readonly number[], outside = NaN): number {
  const isInside = index.every((i, axis) => i >= 0 && i < shape[axis]!);
  if (!isInside || index.length !== shape.length) return outside;
  return data[index.reduce((flat, i, axis) => flat * shape[axis]! + i, 0)]!;
}

/** A tensor from a formula of its index. */
export function fill(shape: readonly number[], formula: (index: number[]) => number): Plain {
  return { shape, data: indicesOf(shape).map(formula) };
}

/** The axes of a tensor in another order: axis i of the result is axis order[i]. */
export function permuted(x: Plain, order: readonly number[]): Plain {
  const shape = order.map((axis) => x.shape[axis]!);
  return fill(shape, (index) => {
    const source = new Array<number>(order.length).fill(0);
    order.forEach((axis, i) => (source[axis] = index[i]!));
    return at(x, source);
  });
}

/** How a window moves; low and high are the zeros around each axis. */
export interface Window {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Number of places of a window on each axis. */
export function placesOf(spatial: readonly number[], window: Window): number[] {
  return spatial.map((size, i) => {
    const reach = (window.size[i]! - 1) * window.dilations[i]! + 1;
    let count = 0;
    const room = size + window.low[i]! + window.high[i]!;
    for (let start = 0; start + reach <= room; start += window.strides[i]!) count++;
    return count;
  });
}

/** Where tap `tap` of the window at `place` lies in the input. */
export function tapAt(place: readonly number[], tap: readonly number[], window: Window): number[] {
  return place.map(
    (p, i) => p * window.strides[i]! + tap[i]! * window.dilations[i]! - window.low[i]!,
  );
}

/** Cross-correlation x [n, c, ...s], w [f, c / groups, ...k], b [f]. */
export function convolve(x: Plain, w: Plain, b: Plain, window: Window, groups = 1): Plain {
  const [n = 0, c = 0, ...spatial] = x.shape;
  const f = w.shape[0]!;
  return fill([n, f, ...placesOf(spatial, window)], ([row, filter, ...place]) => {
    const first = Math.floor(filter! / (f / groups)) * (c / groups);
    let sum = b.data[filter!]!;
    for (const [channel, ...tap] of indicesOf(w.shape.slice(1))) {
      const value = at(x, [row!, first + channel!, ...tapAt(place, tap, window)], 0);
      sum += value * at(w, [filter!, channel!, ...tap]);
    }
    return sum;
  });
}

/** The scatter form: every input element adds its kernel to the output; x [n, c, ...s], w [c, f, ...k] -> [n, f, ...size]. */
export function convolveTransposed(
  x: Plain,
  w: Plain,
  b: Plain,
  window: Window,
  size: readonly number[],
): Plain {
  const [n = 0] = x.shape;
  const f = w.shape[1]!;
  const shape = [n, f, ...size];
  const sums = new Map<string, number>();
  for (const [row, channel, ...place] of indicesOf(x.shape)) {
    for (const [filter, ...tap] of indicesOf(w.shape.slice(1))) {
      const key = [row!, filter!, ...tapAt(place, tap, window)].join();
      const product = at(x, [row!, channel!, ...place]) * at(w, [channel!, filter!, ...tap]);
      sums.set(key, (sums.get(key) ?? 0) + product);
    }
  }
  return fill(shape, (index) => (sums.get(index.join()) ?? 0) + b.data[index[1]!]!);
}

/** A number of each window: `merge` sees the elements of the input that the window covers. */
export function pool(x: Plain, window: Window, merge: (elements: number[]) => number): Plain {
  const [n = 0, c = 0, ...spatial] = x.shape;
  return fill([n, c, ...placesOf(spatial, window)], ([row, channel, ...place]) => {
    const elements = indicesOf(window.size)
      .map((tap) => at(x, [row!, channel!, ...tapAt(place, tap, window)]))
      .filter((value) => !Number.isNaN(value));
    return merge(elements);
  });
}
