// Masks and sums move in front of a max pool's gradient, and change no result: ties and overlapping windows included.
import { expect, test } from "vitest";
import * as f from "../../functional.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { isOpNode, type Graph } from "../../graph/graph.ts";
import { tensorFrom } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { evaluate, toReferences } from "../../reference/evaluate.ts";
import { simplify } from "../simplify.ts";

const shape = [2, 3, 5, 6];
const tiling = { window: [2, 2], strides: [2, 2] };
const overlapping = {
  window: [3, 2],
  strides: [2, 1],
  padding: [
    [1, 0],
    [0, 1],
  ] as const,
};

type PoolOptions = typeof tiling | typeof overlapping;

/** The pool of relu(z), its gradient, and what follows it. */
function graphOf(options: PoolOptions, follow: (dx: Value, x: Value) => Value): Graph {
  const b = new GraphBuilder("g");
  const x = f.relu(b.input("z", "f32", shape));
  const y = f.maxPool(x, options);
  const dy = b.input("dy", "f32", y.shape);
  b.output("result", follow(f.maxPoolGrad(x, y, dy, options), x));
  return b.build();
}

/** Few distinct numbers, so that windows have ties, below and above 0. */
function valuesOf(graph: Graph) {
  const entries = graph.inputs.map(({ name, node }) => {
    const type = graph.nodes[node]!.type;
    const size = type.shape.reduce((product, axis) => product * axis, 1);
    const values = Array.from({ length: size }, (_, i) => ((i * i * 7 + i) % 5) - 2);
    return [name, tensorFrom("f32", type.shape, values)] as const;
  });
  return toReferences(Object.fromEntries(entries));
}

/** The result; the sign of a zero does not count. */
const result = (graph: Graph): number[] =>
  Array.from(evaluate(graph, valuesOf(graph)).outputs["result"]!.data, (value) => value + 0);

const mask = (dx: Value, x: Value): Value => f.mul(dx, f.cast(f.greater(x, 0), "f32"));

test.each([
  ["tiling windows", tiling],
  ["overlapping windows", overlapping],
])("%s: the mask is taken of the maxima", (_, options) => {
  const graph = graphOf(options, mask);
  const simple = simplify(graph);
  const masked = simple.nodes.filter((node) => isOpNode(node) && node.op === "greater");
  const pooled = simple.nodes.find((node) => isOpNode(node) && node.op === "maxPool");
  expect(masked.map(({ type }) => type.shape)).toEqual([pooled?.type.shape]);
  expect(result(simple)).toEqual(result(graph));
  expect(result(graph).some((value) => value !== 0)).toBe(true);
});

test("a mask of something else stays where it is", () => {
  const other = (dx: Value, x: Value): Value => mask(dx, f.neg(x));
  const graph = graphOf(tiling, other);
  const masked = simplify(graph).nodes.filter((node) => isOpNode(node) && node.op === "greater");
  expect(masked.map(({ type }) => type.shape)).toEqual([shape]);
});

test.each([
  ["all axes", [0, 2, 3], false, true],
  ["kept axes", [2, 3], true, true],
  ["one spatial axis", [0, 2], false, false],
] as const)("sum over %s", (_, axes, keepDims, isMoved) => {
  const graph = graphOf(overlapping, (dx) => f.reduceSum(dx, axes, keepDims));
  const simple = simplify(graph);
  const isLeft = simple.nodes.some((node) => isOpNode(node) && node.op === "maxPoolGrad");
  expect(isLeft).toBe(!isMoved);
  expect(result(simple)).toEqual(result(graph));
});
