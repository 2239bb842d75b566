// Combination of one tensor over several ranks.
import { NotDifferentiableError } from "../errors.ts";
import { allReduce as combine } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { checkDType } from "./elementwise.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** Who takes part and how values combine. */
export interface AllReduceAttrs {
  /** Name of the group of ranks; the parallel plan says which ranks are in it. */
  readonly group: string;
  readonly reduction: "sum" | "mean" | "max";
}

/**
 * x on every rank of the group -> the same combined tensor on every rank. The identity on one device. The gradient is
 * that of the sum of all ranks' losses.
 */
export const allReduce: Primitive<AllReduceAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x]) => checkDType("allReduce", "number", x!),
  vjp: ({ grad, attrs: { group, reduction } }) => {
    if (reduction === "max") {
      throw new NotDifferentiableError(
        "gradient: allReduce must be a sum or a mean, got max; which rank held the maximum is not kept",
      );
    }
    return [combine(grad, group, reduction)];
  },
  evaluate: ([x]) => x!.data.slice(),
  flops: ([x]) => sizeOf(x!.shape),
  bytes: streamedBytes,
};
