// Storage in f16, emulated: everything is computed in f32, and each value that an op hands to another is rounded to f16.
import { roundToHalf } from "../functional.ts";
import type { OpName } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { emitOp, type Visit } from "../passes/rewrite.ts";

/** Ops whose results are f16 values if their operands are. */
const keepsHalves: ReadonlySet<OpName> = new Set<OpName>([
  "reshape",
  "transpose",
  "broadcastTo",
  "slice",
  "concat",
  "gather",
  "reverse",
  "select",
  "maximum",
  "minimum",
  "relu",
  "neg",
  "abs",
  "maxPool",
  "reduceMax",
  "reduceMin",
  "stopGradient",
  "roundToHalf",
]);

/**
 * The rule of one pass over a graph: an op reads rounded operands and gives a rounded result. Views of `masters` stay as they are
 * kept, since gradients are taken of them.
 *
 * @param masters - ids of values that are kept in f32; views of them are added
 */
export function storedInHalf(masters: Set<number> = new Set<number>()): (visit: Visit) => Value {
  const rounded = new Set<number>();
  const stored = (value: Value): Value => {
    if (value.dtype !== "f32" || rounded.has(value.id)) return value;
    const half = roundToHalf(value);
    rounded.add(half.id);
    return half;
  };
  return ({ node, inputs, builder }) => {
    const isView = node.op === "reshape" || node.op === "slice";
    if (isView && inputs.every(({ id }) => masters.has(id))) {
      const view = emitOp(builder, node, inputs);
      masters.add(view.id);
      return view;
    }
    const result = emitOp(builder, node, inputs.map(stored));
    if (!keepsHalves.has(node.op)) return stored(result);
    rounded.add(result.id);
    return result;
  };
}
