// x times itself.
import { mul } from "../functional.ts";
import type { Composite } from "../ops/op.ts";

/** x^2, of any number dtype; cheaper than a power. */
export const square: Composite = {
  kind: "composite",
  arity: 1,
  infer: ([x]) => x!,
  decompose: ([x]) => mul(x!, x!),
  vjp: ({ inputs: [x], grad }) => [mul(grad, mul(x!, 2))],
};
