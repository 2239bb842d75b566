// Index arithmetic of numpy broadcasting for the reference interpreter.
import { sameShape, sizeOf, stridesOf, type Shape } from "../graph/shape.ts";

/** Maps a flat index of `to` to the flat index of the element of `from` that is broadcast there. */
export function broadcastIndex(from: Shape, to: Shape): (flat: number) => number {
  if (sameShape(from, to)) return (flat) => flat;
  if (sizeOf(from) === 1) return () => 0;
  const lead = to.length - from.length;
  const fromStrides = stridesOf(from);
  const toStrides = stridesOf(to);
  const steps = to.map((_, axis) =>
    axis < lead || from[axis - lead] === 1 ? 0 : fromStrides[axis - lead]!,
  );
  return (flat) => {
    let rest = flat;
    let index = 0;
    for (let axis = 0; axis < to.length; axis++) {
      const position = Math.floor(rest / toStrides[axis]!);
      rest -= position * toStrides[axis]!;
      index += position * steps[axis]!;
    }
    return index;
  };
}
