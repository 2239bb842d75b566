// One time step of a gated recurrent unit layer.
import { add, dense, mul, sigmoid, sliceAxis, sub, tanh } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { inferStep } from "./recurrent-shapes.ts";

/**
 * x [b, k], h [b, u], wx [k, 3u], wh [u, 3u], bx [3u], bh [3u] -> h' [b, u]. With the gates z, r, n as the thirds, in
 * this order, of a = x wx + bx and b = h wh + bh: z = sigmoid(a_z + b_z); r = sigmoid(a_r + b_r);
 * h' = z h + (1 - z) tanh(a_n + r b_n). Cho et al. 2014 with the reset after the product (v3 of the paper, cuDNN).
 */
export const gruStep: Composite = {
  kind: "composite",
  arity: 6,
  infer: (inputs) =>
    inferStep("gruStep", inputs, {
      names: ["x", "h", "wx", "wh", "bx", "bh"],
      shapes: (rows, features, units) => [
        [rows, features],
        [rows, units],
        [features, 3 * units],
        [units, 3 * units],
        [3 * units],
        [3 * units],
      ],
      result: (rows, units) => [rows, units],
    }),
  decompose: ([x, h, wx, wh, bx, bh]) => {
    const units = h!.shape[1]!;
    const third = (gates: Value, i: number): Value =>
      sliceAxis(gates, 1, i * units, (i + 1) * units);
    const [a, b] = [dense(x!, wx!, bx!), dense(h!, wh!, bh!)];
    const update = sigmoid(add(third(a, 0), third(b, 0)));
    const reset = sigmoid(add(third(a, 1), third(b, 1)));
    const fresh = tanh(add(third(a, 2), mul(reset, third(b, 2))));
    // z h + (1 - z) n = n + z (h - n)
    return add(fresh, mul(update, sub(h!, fresh)));
  },
};
