// Dropout: Srivastava et al. 2014, in the inverted form that needs no scaling at inference.
import { cast, dropout as drop, less, mul, not, randomUniform, sliceAxis } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { unaryLayer, type LayerContext, type LayerDefinition } from "./layer.ts";

/** While training, each element is 0 with probability `rate` and x / (1 - rate) otherwise; else the identity. */
export const dropout: LayerDefinition = unaryLayer((read) => {
  const rate = read.number("rate", 0.5, { min: 0, below: 1 });
  return {
    inferShape: (shape) => shape,
    build: (context, x) => (context.isTraining && rate > 0 ? dropRows(context, x, rate) : x),
  };
});

/** A device that has only some rows of the batch cuts them out of the mask of all, so that sharing changes nothing. */
function dropRows(context: LayerContext, x: Value, rate: number): Value {
  const { batch, globalBatch, firstRow } = context;
  const key = context.randomKey();
  if (batch === globalBatch) return drop(x, key, rate);
  const all = randomUniform(key, [globalBatch, ...x.shape.slice(1)]);
  const rows = sliceAxis(all, 0, firstRow, firstRow + batch);
  return mul(x, mul(cast(not(less(rows, rate)), x.dtype), 1 / (1 - rate)));
}
