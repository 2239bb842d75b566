// The identity through which no gradient flows.
import type { Composite } from "../ops/op.ts";

/** x; treated as a constant while differentiating. */
export const stopGradient: Composite = {
  kind: "composite",
  arity: 1,
  infer: ([x]) => x!,
  decompose: ([x]) => x!,
  vjp: () => [undefined],
};
