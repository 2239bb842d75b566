// Matrix products that read transposed operands, and sums of padded parts that are joins.
import { concat, matmul, pad } from "../../functional.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import { sameShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { producer, type AlgebraRule } from "./match.ts";

/** A transpose of the last two axes of an operand becomes a flag of the product. */
export const foldTransposes: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (node.op !== "matmul" || a === undefined || b === undefined) return undefined;
  const sourceA = swappedMatrix(builder, a);
  const sourceB = swappedMatrix(builder, b);
  if (sourceA === undefined && sourceB === undefined) return undefined;
  const { transposeA, transposeB } = node.attrs;
  return matmul(
    sourceA ?? a,
    sourceB ?? b,
    transposeA !== (sourceA !== undefined),
    transposeB !== (sourceB !== undefined),
  );
};

/** The x of a value that is x with its last two axes swapped and nothing else moved. */
function swappedMatrix(builder: GraphBuilder, value: Value): Value | undefined {
  const found = producer(builder, value, "transpose");
  const rank = value.shape.length;
  const swaps = found?.attrs.permutation.every(
    (from, axis) => from === (axis < rank - 2 ? axis : 2 * rank - 3 - axis),
  );
  return swaps === true ? found?.inputs[0] : undefined;
}

/** The padding of a value along its only padded axis. */
interface Padded {
  readonly source: Value;
  readonly axis: number;
  readonly low: number;
  readonly high: number;
}

/**
 * pad(a) + pad(b) -> pad(concat(a, b)) where zeros surround both and one begins where the other ends, as the gradients
 * of slices do. A sum of more parts collapses pair by pair, to a plain concat when they cover the whole axis.
 */
export const joinPads: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (node.op !== "add" || a === undefined || b === undefined || !sameShape(a.shape, b.shape)) {
    return undefined;
  }
  const first = paddedOn(builder, a);
  const second = paddedOn(builder, b);
  if (first === undefined || second === undefined || first.axis !== second.axis) return undefined;
  if (endOf(first) === second.low) return joined(first, second);
  return endOf(second) === first.low ? joined(second, first) : undefined;
};

function paddedOn(builder: GraphBuilder, value: Value): Padded | undefined {
  const found = producer(builder, value, "pad");
  const [source] = found?.inputs ?? [];
  if (found === undefined || source === undefined || found.attrs.value !== 0) return undefined;
  const { low, high, interior } = found.attrs;
  const axes = source.shape.flatMap((size, axis) => (size === value.shape[axis] ? [] : [axis]));
  const [axis] = axes;
  if (axis === undefined || axes.length > 1 || interior[axis] !== 0) return undefined;
  return { source, axis, low: low[axis] ?? 0, high: high[axis] ?? 0 };
}

function endOf({ source, axis, low }: Padded): number {
  return low + (source.shape[axis] ?? 0);
}

function joined(first: Padded, second: Padded): Value {
  const { axis } = first;
  const join = concat([first.source, second.source], axis);
  const along = (amount: number): number[] => join.shape.map((_, i) => (i === axis ? amount : 0));
  return pad(join, along(first.low), along(second.high));
}
