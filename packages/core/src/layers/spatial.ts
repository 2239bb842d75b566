// Geometry shared by convolution and pooling layers: data format, windows, strides and padding.
import { ShapeError } from "../errors.ts";
import { transpose } from "../functional.ts";
import { formatShape, type Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { ConfigReader } from "../model/config.ts";

/** Where the channel axis of a sample is: [c, ...spatial] or [...spatial, c]. The graph itself is channels-first. */
export type DataFormat = "channelsFirst" | "channelsLast";

/** Zeros before and after each spatial axis. */
export type Padding = readonly (readonly [number, number])[];

/** How the padding is found: a rule by name, or given. */
export type PaddingRule = "same" | "valid" | "causal" | Padding;

/** A window that moves over the spatial axes. */
export interface Geometry {
  readonly rank: number;
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: PaddingRule;
}

/** Reads `dataFormat`; default channelsFirst. */
export function readDataFormat(read: ConfigReader): DataFormat {
  return read.choice<DataFormat>("dataFormat", ["channelsFirst", "channelsLast"], "channelsFirst");
}

/** Reads `padding`: "same", "valid" (default), "causal" (rank 1), one number, one per axis, or [low, high] per axis. */
export function readPadding(
  read: ConfigReader,
  rank: number,
  fallback: "same" | "valid" = "valid",
): PaddingRule {
  const value = read.raw("padding") ?? fallback;
  if (value === "same" || value === "valid" || (value === "causal" && rank === 1)) return value;
  const isPerAxis = Array.isArray(value) && value.length === rank;
  const list: readonly unknown[] =
    typeof value === "number" ? new Array<number>(rank).fill(value) : isPerAxis ? value : [];
  const pairs = list.map((side): readonly unknown[] => (Array.isArray(side) ? side : [side, side]));
  if (pairs.length === rank && pairs.every(isPair))
    return pairs.map(([low, high]) => [low, high] as const);
  const causal = rank === 1 ? `"causal", ` : "";
  return read.fail(
    `padding must be "same", "valid", ${causal}a number >= 0, or ${rank} numbers or [low, high] pairs`,
    value,
  );
}

/** Channels and spatial sizes of a sample. Throws ShapeError if it has not `rank` spatial axes. */
export function splitSample(
  shape: Shape,
  rank: number,
  format: DataFormat,
): { readonly channels: number; readonly spatial: Shape } {
  if (shape.length !== rank + 1) {
    const axes = rank === 1 ? "1 spatial axis" : `${rank} spatial axes`;
    const expected = format === "channelsFirst" ? "[c, ...spatial]" : "[...spatial, c]";
    throw new ShapeError(
      `input must have a channel axis and ${axes}, ${expected}, got ${formatShape(shape)}`,
    );
  }
  const channels = (format === "channelsFirst" ? shape[0] : shape[rank]) ?? 0;
  const spatial = format === "channelsFirst" ? shape.slice(1) : shape.slice(0, -1);
  return { channels, spatial };
}

/** The inverse of `splitSample`. */
export function joinSample(channels: number, spatial: Shape, format: DataFormat): Shape {
  return format === "channelsFirst" ? [channels, ...spatial] : [...spatial, channels];
}

/** [n, ...spatial, c] -> [n, c, ...spatial] if the format asks for it. */
export function toChannelsFirst(x: Value, format: DataFormat): Value {
  if (format === "channelsFirst") return x;
  const rank = x.shape.length;
  return transpose(x, [0, rank - 1, ...range(1, rank - 1)]);
}

/** [n, c, ...spatial] -> [n, ...spatial, c] if the format asks for it. */
export function fromChannelsFirst(x: Value, format: DataFormat): Value {
  if (format === "channelsFirst") return x;
  return transpose(x, [0, ...range(2, x.shape.length), 1]);
}

/**
 * Padding of each axis. "same" gives ceil(size / stride) windows and puts the odd zero at the end; "causal" puts all
 * before.
 */
export function resolvePadding(spatial: Shape, geometry: Geometry): Padding {
  const { padding } = geometry;
  if (typeof padding !== "string") return padding;
  return spatial.map((size, axis) => {
    const { extent, stride } = axisGeometry(geometry, axis);
    if (padding === "valid") return [0, 0] as const;
    if (padding === "causal") return [extent - 1, 0] as const;
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
    const low = Math.floor(total / 2);
    return [low, total - low] as const;
  });
}

/** Number of window positions per axis. Throws ShapeError if a window does not fit. */
export function outputSizes(spatial: Shape, geometry: Geometry): number[] {
  const padding = resolvePadding(spatial, geometry);
  return spatial.map((size, axis) => {
    const { extent, stride } = axisGeometry(geometry, axis);
    const [low, high] = padding[axis] ?? [0, 0];
    const room = size + low + high - extent;
    if (room < 0) {
      throw new ShapeError(
        `window must fit into the padded input, got input ${formatShape(spatial)}, window ${formatShape(geometry.window)}`,
      );
    }
    return Math.floor(room / stride) + 1;
  });
}

/** Extent of the dilated window and stride along one axis. */
export function axisGeometry(
  { window, strides, dilations }: Geometry,
  axis: number,
): { readonly extent: number; readonly stride: number } {
  const extent = ((window[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
  return { extent, stride: strides[axis] ?? 1 };
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function isPair(side: readonly unknown[]): side is [number, number] {
  return side.length === 2 && side.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
}
