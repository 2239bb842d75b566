// One time step of a long short-term memory layer.
import { add, concat, dense, matmul, mul, sigmoid, sliceAxis, tanh } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { inferStep } from "./recurrent-shapes.ts";

/**
 * x [b, k], h [b, u], c [b, u], wx [k, 4u], wh [u, 4u], bias [4u] -> [h' | c'] [b, 2u]. With the gates i, f, g, o as
 * the quarters of x wx + h wh + bias, in this order: c' = sigmoid(f) c + sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c').
 * Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000.
 */
export const lstmStep: Composite = {
  kind: "composite",
  arity: 6,
  infer: (inputs) =>
    inferStep("lstmStep", inputs, {
      names: ["x", "h", "c", "wx", "wh", "bias"],
      shapes: (rows, features, units) => [
        [rows, features],
        [rows, units],
        [rows, units],
        [features, 4 * units],
        [units, 4 * units],
        [4 * units],
      ],
      result: (rows, units) => [rows, 2 * units],
    }),
  decompose: ([x, h, c, wx, wh, bias]) => {
    const units = h!.shape[1]!;
    const gates = add(dense(x!, wx!, bias!), matmul(h!, wh!));
    const gate = (i: number): Value => sliceAxis(gates, 1, i * units, (i + 1) * units);
    const kept = mul(sigmoid(gate(1)), c!);
    const next = add(kept, mul(sigmoid(gate(0)), tanh(gate(2))));
    return concat([mul(sigmoid(gate(3)), tanh(next)), next], 1);
  },
};
