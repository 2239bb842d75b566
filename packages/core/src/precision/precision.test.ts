// The precision pass: where casts go, what stays f32, and how far results move.
import { expect, test } from "vitest";
import { add, dense, matmul, mul, softmax } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import { printGraph } from "../graph/print.ts";
import { tensorFrom, type TensorMap } from "../graph/tensor.ts";
import { verifyGraph } from "../graph/verify.ts";
import { evaluate, toReferences } from "../reference/evaluate.ts";
import { sampleTensor } from "../reference/sample.ts";
import { applyPrecision, castState } from "./apply.ts";
import { lossScalingOf, precisionPolicies } from "./policy.ts";
import { quantizeWeights } from "./quantize.ts";

function network(): Graph {
  const builder = new GraphBuilder("net");
  const x = builder.input("x", "f32", [2, 3]);
  const w = builder.state("w", "f32", [3, 4]);
  const b = builder.state("b", "f32", [4]);
  builder.output("y", softmax(dense(x, w, b)));
  return builder.build();
}

test("mixed rounds the operands of products only", () => {
  const graph = applyPrecision(network(), precisionPolicies.mixed);
  verifyGraph(graph);
  expect(printGraph(graph)).toBe(
    [
      "graph net",
      '%0 = input "x" : f32[2,3]',
      '%1 = state "w" : f32[3,4]',
      '%2 = state "b" : f32[4]',
      "%3 = cast(%0) {dtype=f16} : f16[2,3]",
      "%4 = cast(%1) {dtype=f16} : f16[3,4]",
      "%5 = cast(%2) {dtype=f16} : f16[4]",
      "%6 = dense(%3, %4, %5) : f16[2,4]",
      "%7 = cast(%6) {dtype=f32} : f32[2,4]",
      "%8 = softmax(%7) {axis=1} : f32[2,4]",
      'output "y" = %8',
    ].join("\n"),
  );
});

test("f16 keeps the border in f32, stores state in f16, and updates it", () => {
  const builder = new GraphBuilder("update");
  const w = builder.state("w", "f32", [2]);
  const x = builder.input("x", "f32", [2]);
  builder.setNext("w", add(w, mul(x, 0.5)));
  builder.output("y", mul(w, x));
  const graph = applyPrecision(builder.build(), precisionPolicies.f16);
  verifyGraph(graph);
  const state = castState(graph, { w: tensorFrom("f32", [2], [1, 2048.7]) });
  expect(state["w"]!.dtype).toBe("f16");
  const ones = { dtype: "f32", shape: [2], data: Float64Array.of(1, 2) } as const;
  const run = evaluate(graph, { x: ones }, toReferences(state));
  expect(run.outputs["y"]!.dtype).toBe("f32");
  // binary16 has steps of 2 between 2048 and 4096.
  expect([...run.outputs["y"]!.data]).toEqual([1, 4096]);
  expect(run.state["w"]!.dtype).toBe("f16");
});

test("int8 stays within the error of its steps and refuses training", () => {
  const graph = network();
  const quantized = applyPrecision(graph, precisionPolicies.int8);
  verifyGraph(quantized);
  const [x, weights] = [
    sampleTensor({ dtype: "f32", shape: [2, 3] }, 3),
    sampleTensor({ dtype: "f32", shape: [3, 4] }, 4),
  ];
  const values: TensorMap = {
    w: tensorFrom("f32", [3, 4], weights.data),
    b: tensorFrom("f32", [4], [0.1, 0.2, 0.3, 0.4]),
  };
  const state = quantizeWeights(quantized, values);
  expect(state["w"]!.dtype).toBe("i8");
  const exact = evaluate(graph, { x }, toReferences(values)).outputs["y"]!;
  const rounded = evaluate(quantized, { x }, toReferences(state)).outputs["y"]!;
  // Three products of numbers below 2: x is off by at most 4 / 255 / 2 and w by 2 / 127 / 2, so a logit by at most
  // 3 (2 0.008 + 2 0.008) = 0.1, and softmax moves by at most half of the largest change of a logit difference.
  rounded.data.forEach((value, i) => {
    expect(Math.abs(value - exact.data[i]!)).toBeLessThan(0.1);
  });
  expect(rounded.data).not.toEqual(exact.data);
  const builder = new GraphBuilder("train");
  const w = builder.state("w", "f32", [2, 2]);
  builder.setNext("w", matmul(w, w));
  expect(() => applyPrecision(builder.build(), precisionPolicies.int8)).toThrow(
    'int8: graph must not change its state, got a next value for "w"',
  );
});

test("policies say how a training step scales its loss", () => {
  expect(lossScalingOf(precisionPolicies.f32)).toBeUndefined();
  expect(lossScalingOf(precisionPolicies.f16)).toEqual({ scale: 32768, growEvery: 2000 });
  expect(lossScalingOf(precisionPolicies.mixed)).toEqual({ scale: 32768, growEvery: 2000 });
});
