// Counter-based random numbers.
import { ShapeError } from "../errors.ts";
import { sizeOf, type Shape } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import { uniform } from "../random/threefry.ts";
import { checkShape } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** Shape of the result. */
export interface RandomUniformAttrs {
  readonly shape: Shape;
}

/**
 * key i32[2] -> f32 [shape] in [0, 1), multiples of 2^-24. A pure function of the key and the position, by integer
 * arithmetic only, so every backend must give the bits of `uniform` in random/threefry.ts.
 */
export const randomUniform: Primitive<RandomUniformAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([key], { shape }) => {
    if (formatType(key!) !== "i32[2]") {
      throw new ShapeError(`randomUniform: key must be i32[2], got ${formatType(key!)}`);
    }
    checkShape("randomUniform", "shape", shape);
    return { dtype: "f32", shape };
  },
  vjp: () => [undefined],
  evaluate: ([key], { shape }) => uniform([key!.data[0]!, key!.data[1]!], sizeOf(shape)),
  // Half a block of 20 rounds of add, two shifts, or, xor and 5 key injections of 3 additions, then shift and scale.
  flops: (_inputs, _attrs, output) => 60 * sizeOf(output.shape),
  bytes: streamedBytes,
};
