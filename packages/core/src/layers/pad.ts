// A border around the spatial axes.
import { pad as padTo } from "../functional.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";
import {
  joinSample,
  readDataFormat,
  readPadding,
  splitSample,
  type DataFormat,
  type Padding,
} from "./spatial.ts";

/** x [c, s] -> [c, low + s + high]; see pad2d. */
export const pad1d: LayerDefinition = padding(1);

/** x [c, h, w] with `padding` (1; a number, one per axis, or [low, high] per axis) elements of `value` (0) around it. */
export const pad2d: LayerDefinition = padding(2);

/** x [c, d, h, w]; see pad2d. */
export const pad3d: LayerDefinition = padding(3);

function padding(rank: number): LayerDefinition {
  return unaryLayer((read) => {
    const format = readDataFormat(read);
    const value = read.number("value", 0);
    const sides = read.isAbsent("padding")
      ? new Array<readonly [number, number]>(rank).fill([1, 1])
      : explicit(readPadding(read, rank), () => read.fail("padding must be numbers", "a rule"));
    return {
      inferShape: (shape) => {
        const { channels, spatial } = splitSample(shape, rank, format);
        const sizes = spatial.map(
          (size, axis) => size + (sides[axis]?.[0] ?? 0) + (sides[axis]?.[1] ?? 0),
        );
        return joinSample(channels, sizes, format);
      },
      build: (_context, x) => padTo(x, borders(sides, 0, format), borders(sides, 1, format), value),
    };
  });
}

function explicit(rule: string | Padding, refuse: () => never): Padding {
  return typeof rule === "string" ? refuse() : rule;
}

/** Low (0) or high (1) borders of all axes of a value. */
function borders(sides: Padding, end: 0 | 1, format: DataFormat): number[] {
  const spatial = sides.map((pair) => pair[end]);
  return format === "channelsFirst" ? [0, 0, ...spatial] : [0, ...spatial, 0];
}
