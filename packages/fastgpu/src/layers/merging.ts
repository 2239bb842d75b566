// Layers that join several values: `add().apply([a, b])`.
import { Layer } from "./layer.ts";
import type { LayerOptions } from "./options.ts";

/** a + b + ... of values of one shape. */
export function add(options: LayerOptions = {}): Layer {
  return new Layer("add", options);
}

/** a - b. */
export function subtract(options: LayerOptions = {}): Layer {
  return new Layer("subtract", options);
}

/** a * b * ... */
export function multiply(options: LayerOptions = {}): Layer {
  return new Layer("multiply", options);
}

/** (a + b + ...) / count. */
export function average(options: LayerOptions = {}): Layer {
  return new Layer("average", options);
}

/** The largest at each place. */
export function maximum(options: LayerOptions = {}): Layer {
  return new Layer("maximum", options);
}

/** The smallest at each place. */
export function minimum(options: LayerOptions = {}): Layer {
  return new Layer("minimum", options);
}

/** Options of `concat`. */
export interface ConcatOptions extends LayerOptions {
  /** Counted with the batch axis 0; default -1, the last. */
  readonly axis?: number;
}

/** Values one after the other along an axis, equal in all others. */
export function concat(options: ConcatOptions = {}): Layer {
  return new Layer("concat", options);
}
