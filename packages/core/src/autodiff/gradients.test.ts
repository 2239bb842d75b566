// Differentiation of small graphs against gradients worked out by hand.
import { expect, test } from "vitest";
import { add, exp, matmul, mul, reduceSum, relu } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { evaluate } from "../reference/evaluate.ts";
import { differentiate } from "./gradients.ts";

test("gradient of sum(relu(x w) + exp(b)) with respect to x, w and the broadcast b", () => {
  const builder = new GraphBuilder("small");
  const x = builder.input("x", "f32", [2, 2]);
  const w = builder.state("w", "f32", [2, 1]);
  const b = builder.state("b", "f32", [1]);
  builder.output("loss", reduceSum(add(relu(matmul(x, w)), mul(2, exp(b))), [0, 1]));
  const { builder: next, gradients } = differentiate(builder.build(), "loss", ["x", "w", "b"]);
  gradients.forEach((value, i) => {
    next.output(`g${i}`, value);
  });
  const run = evaluate(
    next.build(),
    { x: { dtype: "f32", shape: [2, 2], data: Float64Array.of(1, 2, -3, 1) } },
    {
      w: { dtype: "f32", shape: [2, 1], data: Float64Array.of(0.5, 0.25) },
      b: { dtype: "f32", shape: [1], data: Float64Array.of(0) },
    },
  );
  // Row 0 is active (0.5 + 0.5 = 1 > 0), row 1 is not (-1.5 + 0.25 < 0); b is added to two rows, e^0 = 1.
  expect([...run.outputs["g0"]!.data]).toEqual([0.5, 0.25, 0, 0]);
  expect([...run.outputs["g1"]!.data]).toEqual([1, 2]);
  expect([...run.outputs["g2"]!.data]).toEqual([4]);
});
