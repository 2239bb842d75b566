// max(x, 0).
import { cast, greater, maximum, mul } from "../functional.ts";
import type { Composite } from "../ops/op.ts";

/** max(x, 0); the gradient at 0 is 0. */
export const relu: Composite = {
  kind: "composite",
  arity: 1,
  infer: ([x]) => x!,
  decompose: ([x]) => maximum(x!, 0),
  // From the output: y > 0 exactly where x > 0, so that a backend need not keep x.
  vjp: ({ output, grad }) => [mul(grad, cast(greater(output, 0), grad.dtype))],
};
