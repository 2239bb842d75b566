// Layers that enlarge spatial axes: repeated or interpolated elements, and borders.
import { Layer } from "./layer.ts";
import type { DataFormat, LayerOptions } from "./options.ts";

/** Options of `upsample1d` and `upsample3d`. */
export interface UpsampleOptions extends LayerOptions {
  /** Whole factor per axis, or one for all; default 2. */
  readonly size?: number | readonly number[];
  /** Default channelsFirst. */
  readonly dataFormat?: DataFormat;
}

/** Options of `upsample2d`. */
export interface Upsample2dOptions extends UpsampleOptions {
  /** "nearest" (the default) repeats elements; "bilinear" weighs the two neighbours along each axis. */
  readonly interpolation?: "nearest" | "bilinear";
}

/** Options of `pad1d`, `pad2d` and `pad3d`. */
export interface PadOptions extends LayerOptions {
  /** Elements around each axis, per axis, or as [before, after] per axis; default 1. */
  readonly padding?: number | readonly (number | readonly [number, number])[];
  /** What stands there; default 0. */
  readonly value?: number;
  /** Default channelsFirst. */
  readonly dataFormat?: DataFormat;
}

/** x [c, s] -> [c, s * size]. */
export function upsample1d(options: UpsampleOptions = {}): Layer {
  return new Layer("upsample1d", options);
}

/** x [c, h, w] -> [c, h * size, w * size]. */
export function upsample2d(options: Upsample2dOptions = {}): Layer {
  return new Layer("upsample2d", options);
}

/** x [c, d, h, w] -> all three sizes enlarged. */
export function upsample3d(options: UpsampleOptions = {}): Layer {
  return new Layer("upsample3d", options);
}

/** x [c, s] -> [c, before + s + after]. */
export function pad1d(options: PadOptions = {}): Layer {
  return new Layer("pad1d", options);
}

/** x [c, h, w] with a border. */
export function pad2d(options: PadOptions = {}): Layer {
  return new Layer("pad2d", options);
}

/** x [c, d, h, w] with a border. */
export function pad3d(options: PadOptions = {}): Layer {
  return new Layer("pad3d", options);
}
