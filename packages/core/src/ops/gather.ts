// Takes rows by index.
import { GraphError, ShapeError } from "../errors.ts";
import { scatterAdd } from "../functional.ts";
import { normalizeAxis, sizeOf } from "../graph/shape.ts";
import { typeBytes } from "../graph/tensor.ts";
import { selectedBytes, splitAt } from "./movement.ts";
import type { Primitive } from "./op.ts";

/** The axis that is indexed. */
export interface GatherAttrs {
  readonly axis: number;
}

/**
 * x, indices i32 -> x[:axis] + indices.shape + x[axis+1:]. Indices must lie in [0, size of the axis); otherwise a
 * backend may throw, clamp or count from the end, but never reads outside of x. The reference throws.
 */
export const gather: Primitive<GatherAttrs> = {
  kind: "primitive",
  arity: 2,
  infer: ([x, indices], { axis }) => {
    const at = normalizeAxis("gather", axis, x!.shape.length);
    if (indices!.dtype !== "i32") {
      throw new ShapeError(`gather: indices must be i32, got ${indices!.dtype}`);
    }
    const { dtype, shape } = x!;
    return { dtype, shape: [...shape.slice(0, at), ...indices!.shape, ...shape.slice(at + 1)] };
  },
  vjp: ({ inputs: [x, indices], grad, attrs: { axis } }) => {
    const at = normalizeAxis("gather", axis, x!.shape.length);
    return [scatterAdd(indices!, grad, at, x!.shape[at]!), undefined];
  },
  evaluate: ([x, indices], { axis }, output) => {
    const at = normalizeAxis("gather", axis, x!.shape.length);
    const size = x!.shape[at]!;
    const { outer, inner } = splitAt(x!.shape, at);
    const result = new Float64Array(sizeOf(output.shape));
    let column = 0;
    for (let i = 0; i < outer; i++) {
      for (const index of indices!.data) {
        checkIndex("gather", index, size);
        const start = (i * size + index) * inner;
        result.set(x!.data.subarray(start, start + inner), column);
        column += inner;
      }
    }
    return result;
  },
  flops: () => 0,
  bytes: (inputs, attrs, output) => selectedBytes(inputs, attrs, output) + typeBytes(inputs[1]!),
};

/**
 * Checks an index of the reference interpreter.
 *
 * @throws {GraphError} if it is not in [0, size)
 */
export function checkIndex(op: string, index: number, size: number): void {
  if (index < 0 || index >= size) {
    throw new GraphError(`${op}: indices must be in [0, ${size}), got ${index}`);
  }
}
