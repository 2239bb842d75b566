// Random zeroing of elements, reproducible from a key.
import { ShapeError } from "../errors.ts";
import { cast, dropout as drop, less, mul, not, randomUniform } from "../functional.ts";
import { formatType } from "../graph/tensor.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";

/** Share of elements that become 0, in [0, 1). */
export interface DropoutAttrs {
  readonly rate: number;
}

/**
 * x, key i32[2] -> x (u >= rate) / (1 - rate) with u = randomUniform(key): kept elements are scaled so that the mean
 * stays. Srivastava et al. 2014, section 10 (inverted form).
 */
export const dropout: Composite<DropoutAttrs> = {
  kind: "composite",
  arity: 2,
  infer: ([x, key], { rate }) => {
    if (formatType(key!) !== "i32[2]") {
      throw new ShapeError(`dropout: key must be i32[2], got ${formatType(key!)}`);
    }
    if (!(rate >= 0 && rate < 1)) {
      throw new ShapeError(`dropout: rate must be in [0, 1), got ${rate}`);
    }
    return requireFloat("dropout", x!);
  },
  decompose: ([x, key], { rate }) => {
    const uniform = randomUniform(key!, x!.shape);
    const kept = cast(not(less(uniform, rate)), x!.dtype);
    return mul(x!, mul(kept, 1 / (1 - rate)));
  },
  // Linear in x with a mask that depends on the key alone: the gradient drops the same elements.
  vjp: ({ inputs: [, key], grad, attrs: { rate } }) => [drop(grad, key!, rate), undefined],
};
