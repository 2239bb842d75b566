// What a float is after it was stored in 16 bits, for engines that compute in f32 only.
import { ShapeError } from "../errors.ts";
import { cast, roundToHalf as rounded } from "../functional.ts";
import type { Composite } from "../ops/op.ts";

/**
 * x f32 -> the nearest f16, as f32; ties to even, infinite from 65520 on (IEEE 754-2008, binary16). The gradient is stored in the
 * same way and passes otherwise, as it does where values are kept in f16.
 */
export const roundToHalf: Composite = {
  kind: "composite",
  arity: 1,
  infer: ([x]) => {
    if (x!.dtype !== "f32") throw new ShapeError(`roundToHalf: x must be f32, got ${x!.dtype}`);
    return x!;
  },
  decompose: ([x]) => cast(cast(x!, "f16"), "f32"),
  vjp: ({ grad }) => [rounded(grad)],
};
