// The checker itself must find wrong gradients and kinks, or every test that uses it would be empty.
import { expect, test } from "vitest";
import { abs, exp, mul, not, isFinite as finite, stopGradient } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { checkGradient, gradientGraph } from "./gradient-check.ts";
import { evaluate } from "./evaluate.ts";
import { parseType, programOf, refTensor } from "./program.ts";
import { sampleInputs } from "./sample.ts";

test("finds a gradient that lacks a term", () => {
  // x * stop(x) has the slope 2x, but the gradient sees only one of the factors.
  const graph = programOf(["f32[3]"], ([x]) => mul(x!, stopGradient(x!)));
  const report = checkGradient(graph, { x0: refTensor("f32[3]", [0.5, -1, 2]) });
  expect(report.checked).toBe(3);
  expect(report.faults.map(({ kind, index }) => `${kind} ${index}`)).toEqual([
    "wrong 0",
    "wrong 1",
    "wrong 2",
  ]);
  for (const { gradient, difference } of report.faults) {
    expect(difference / gradient).toBeCloseTo(2, 6);
  }
  expect(report.worst).toBeGreaterThan(1e5);
});

test("finds an error of a millionth", () => {
  // The slope of x + 1e-6 stop(x) is 1.000001, its gradient 1.
  const graph = programOf(["f32[1]"], ([x], builder) =>
    builder.op("add", [x!, mul(stopGradient(x!), 1e-6)], {}),
  );
  expect(checkGradient(graph, { x0: refTensor("f32[1]", [0.7]) }).faults).toHaveLength(1);
});

test("reports a kink within the step", () => {
  const graph = programOf(["f32[2]"], ([x]) => abs(x!));
  const report = checkGradient(graph, { x0: refTensor("f32[2]", [1e-4, 1]) });
  expect(report.faults.map(({ kind, index }) => `${kind} ${index}`)).toEqual(["kink 0"]);
});

test("covers state, several outputs and a choice of names", () => {
  const builder = new GraphBuilder("two");
  const x = builder.input("x", "f32", [2]);
  const w = builder.state("w", "f32", [2]);
  builder.output("a", exp(mul(x, w)));
  builder.output("b", mul(w, 3));
  const graph = builder.build();
  const state = { w: refTensor("f32[2]", [0.5, -0.25]) };
  const inputs = sampleInputs(graph, 1);
  expect(checkGradient(graph, inputs, { state })).toMatchObject({ checked: 4, faults: [] });
  expect(checkGradient(graph, inputs, { state, wrt: ["w"] }).checked).toBe(2);
  expect(Object.keys(evaluate(gradientGraph(graph), inputs, state).outputs)).toEqual(["x", "w"]);
});

test("refuses graphs without float inputs or outputs, and types it cannot read", () => {
  const bools = programOf(["bool[2]"], ([x]) => not(x!));
  expect(() => checkGradient(bools, sampleInputs(bools, 1))).toThrow("must have a float input");
  const result = programOf(["f32[2]"], ([x]) => finite(x!));
  expect(() => checkGradient(result, sampleInputs(result, 1))).toThrow("must have a float output");
  expect(() => parseType("f33[2]")).toThrow('type: text must read like f32[2,3], got "f33[2]"');
  expect(parseType("u8[]")).toEqual({ dtype: "u8", shape: [] });
});
