// Values of the step counter are worked out once for all steps of an unrolled program.
import { expect, it } from "vitest";
import { add, cast, mul, sub, tanh } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import { evaluate } from "../reference/evaluate.ts";
import { unroll } from "./unroll.ts";

/** w = w + x f(t) - t with t = step + 2 and f(t) = tanh(0.1 t) or t; step grows by `increment`. */
function counting(increment: number, hasFormula: boolean): Graph {
  const b = new GraphBuilder("counting");
  const step = b.state("step", "i32", []);
  const w = b.state("w", "f32", [2]);
  const count = cast(add(step, 2), "f32");
  const factor = hasFormula ? tanh(mul(count, 0.1)) : count;
  const next = sub(add(w, mul(b.input("x", "f32", [2]), factor)), count);
  b.output("factor", factor);
  b.setNext("w", next);
  b.setNext("step", add(step, increment));
  return b.build();
}

const count = (graph: Graph, op: string): number =>
  graph.nodes.filter((node) => node.op === op).length;

it.each([1, 3, -2])("agrees with single steps for a counter that grows by %i", (increment) => {
  const graph = counting(increment, true);
  const unrolled = unroll(graph, 4);
  expect(count(graph, "tanh")).toBe(1);
  expect(count(unrolled, "tanh")).toBe(1);
  const x = [0.5, -1, 2, 3, 0.25, 7, -4, 1];
  const start = {
    step: { dtype: "i32", shape: [], data: Float64Array.of(5) },
    w: { dtype: "f32", shape: [2], data: Float64Array.of(1, -1) },
  } as const;
  let state: Parameters<typeof evaluate>[2] = start;
  const factors: number[] = [];
  for (let i = 0; i < 4; i++) {
    const data = Float64Array.from(x.slice(2 * i, 2 * i + 2));
    const run = evaluate(graph, { x: { dtype: "f32", shape: [2], data } }, state);
    state = run.state;
    factors.push(...run.outputs["factor"]!.data);
  }
  const all = { x: { dtype: "f32", shape: [4, 2], data: Float64Array.from(x) } } as const;
  const run = evaluate(unrolled, all, start);
  expect(run.state).toEqual(state);
  expect([...run.outputs["factor"]!.data]).toEqual(factors);
});

it("leaves a counter of which little hangs alone", () => {
  expect(count(unroll(counting(1, false), 4), "cast")).toBe(4);
});
