// Class indices as indicator vectors.
import { ShapeError } from "../errors.ts";
import { cast, equal, iota, reshape } from "../functional.ts";
import type { DType } from "../graph/dtype.ts";
import type { Composite } from "../ops/op.ts";

/** Number of classes, >= 0, and the dtype of the result. */
export interface OneHotAttrs {
  readonly depth: number;
  readonly dtype: DType;
}

/** indices i32 [...] -> [..., depth]: 1 at the index, 0 elsewhere; all 0 for an index outside [0, depth). */
export const oneHot: Composite<OneHotAttrs> = {
  kind: "composite",
  arity: 1,
  infer: ([indices], { depth, dtype }) => {
    if (indices!.dtype !== "i32" || !Number.isInteger(depth) || depth < 0) {
      throw new ShapeError(
        `oneHot: indices must be i32 and depth an integer >= 0, got ${indices!.dtype} and ${depth}`,
      );
    }
    return { dtype, shape: [...indices!.shape, depth] };
  },
  decompose: ([indices], { depth, dtype }) => {
    const classes = iota(indices!.emitter, "i32", [depth]);
    return cast(equal(reshape(indices!, [...indices!.shape, 1]), classes), dtype);
  },
  vjp: () => [undefined],
};
