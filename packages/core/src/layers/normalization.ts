// The scale and shift that normalisation layers learn, and their shared options.
import type { Value } from "../graph/value.ts";
import type { Shape } from "../graph/shape.ts";
import { broadcastTo } from "../functional.ts";
import { readInitializer } from "../initializers/initializer.ts";
import type { ConfigReader } from "../model/config.ts";
import { readPenalty } from "../regularizers/penalty.ts";
import type { LayerContext } from "./layer.ts";

/** Emits scale and shift of a shape; ones and zeros where the options leave them out. */
export type ScaleAndShift = (
  context: LayerContext,
  shape: Shape,
  like: Value,
) => { readonly scale: Value; readonly shift: Value };

/** Reads center (true), scale (true), betaInitializer (zeros), gammaInitializer (ones) and their regularizers. */
export function readScaleAndShift(read: ConfigReader): ScaleAndShift {
  const hasShift = read.flag("center", true);
  const hasScale = read.flag("scale", true);
  const gamma = {
    initializer: readInitializer(read, "gammaInitializer", "ones"),
    regularizer: readPenalty(read, "gammaRegularizer"),
    isDecayed: false,
  };
  const beta = {
    initializer: readInitializer(read, "betaInitializer", "zeros"),
    regularizer: readPenalty(read, "betaRegularizer"),
    isDecayed: false,
  };
  return (context, shape, like) => {
    const filled = (value: number): Value =>
      broadcastTo(like.emitter.scalar(value, like.dtype), shape);
    return {
      scale: hasScale ? context.parameter("gamma", shape, gamma) : filled(1),
      shift: hasShift ? context.parameter("beta", shape, beta) : filled(0),
    };
  };
}
