// Permutes axes.
import { ShapeError } from "../errors.ts";
import { transpose as permute } from "../functional.ts";
import { formatShape, stridesOf } from "../graph/shape.ts";
import { collect } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** Axis i of the result is axis permutation[i] of the operand. */
export interface TransposeAttrs {
  readonly permutation: readonly number[];
}

/** x [s0, s1, ...] -> [s(permutation[0]), s(permutation[1]), ...]. */
export const transpose: Primitive<TransposeAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { permutation }) => {
    const sorted = permutation.toSorted((a, b) => a - b);
    if (sorted.length !== x!.shape.length || sorted.some((axis, i) => axis !== i)) {
      throw new ShapeError(
        `transpose: permutation must hold each axis once, got ${formatShape(permutation)} for x=${formatShape(x!.shape)}`,
      );
    }
    return { dtype: x!.dtype, shape: permutation.map((axis) => x!.shape[axis]!) };
  },
  vjp: ({ grad, attrs: { permutation } }) => [
    permute(
      grad,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  evaluate: ([x], { permutation }, output) => {
    const strides = stridesOf(x!.shape);
    return collect(
      x!.data,
      output.shape,
      0,
      permutation.map((axis) => strides[axis]!),
    );
  },
  flops: () => 0,
  bytes: streamedBytes,
};
