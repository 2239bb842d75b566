// Enlarging the spatial axes by a whole factor.
import {
  abs,
  add,
  broadcastTo,
  iota,
  matmul,
  maximum,
  minimum,
  mul,
  reshape,
  sub,
  transpose,
} from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { axisSize, unaryLayer, type LayerDefinition } from "./layer.ts";
import {
  fromChannelsFirst,
  joinSample,
  readDataFormat,
  splitSample,
  toChannelsFirst,
} from "./spatial.ts";

/** x [c, s] -> [c, s * size]: each element `size` (2) times. */
export const upsample1d: LayerDefinition = upsampling(1);

/**
 * x [c, h, w] -> [c, h * size, w * size]. Options: size (2), dataFormat, interpolation: "nearest" repeats elements,
 * "bilinear" weighs the two neighbours of each axis with pixel centres at (i + 0.5) / size - 0.5, edges repeated.
 */
export const upsample2d: LayerDefinition = upsampling(2);

/** x [c, d, h, w] -> all three sizes enlarged; see upsample2d, "nearest" only. */
export const upsample3d: LayerDefinition = upsampling(3);

function upsampling(rank: number): LayerDefinition {
  return unaryLayer((read) => {
    const sizes = read.sizes("size", rank, 2);
    const format = readDataFormat(read);
    const ways = rank === 2 ? (["nearest", "bilinear"] as const) : (["nearest"] as const);
    const way = read.choice<"nearest" | "bilinear">("interpolation", ways, "nearest");
    return {
      inferShape: (shape) => {
        const { channels, spatial } = splitSample(shape, rank, format);
        const grown = spatial.map((size, axis) => size * (sizes[axis] ?? 1));
        return joinSample(channels, grown, format);
      },
      build: (_context, input) => {
        const x = toChannelsFirst(input, format);
        const enlarge = way === "nearest" ? repeatAxis : interpolateAxis;
        const y = sizes.reduce((value, factor, axis) => enlarge(value, axis + 2, factor), x);
        return fromChannelsFirst(y, format);
      },
    };
  });
}

/** Each element of an axis `factor` times, as a broadcast of a new axis. */
function repeatAxis(x: Value, axis: number, factor: number): Value {
  if (factor === 1) return x;
  const before = x.shape.slice(0, axis + 1);
  const after = x.shape.slice(axis + 1);
  const spread = broadcastTo(reshape(x, [...before, 1, ...after]), [...before, factor, ...after]);
  const grown = x.shape.map((size, i) => (i === axis ? size * factor : size));
  return reshape(spread, grown);
}

/**
 * Linear interpolation along an axis as a product with the [size, size * factor] matrix of tent functions
 * max(0, 1 - |center(i) - j|), center(i) = (i + 0.5) / factor - 0.5 kept within the axis.
 */
function interpolateAxis(x: Value, axis: number, factor: number): Value {
  const size = axisSize(x.shape, axis);
  const shape = [size, size * factor];
  const row = iota(x.emitter, "f32", shape, 0);
  const center = sub(mul(add(iota(x.emitter, "f32", shape, 1), 0.5), 1 / factor), 0.5);
  const distance = abs(sub(minimum(maximum(center, 0), size - 1), row));
  const weights = maximum(sub(1, distance), 0);
  const last = x.shape.length - 1;
  if (axis === last) return matmul(x, weights);
  const swapped = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return transpose(matmul(transpose(x, swapped), weights), swapped);
}
