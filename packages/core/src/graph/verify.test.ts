// What the verifier and the JSON reader refuse, with messages that name the node and both types.
import { expect, test } from "vitest";
import { add, clip, matmul } from "../functional.ts";
import { GraphBuilder } from "./builder.ts";
import type { Graph } from "./graph.ts";
import { graphCost } from "./cost.ts";
import { graphFromJson, graphToJson } from "./json.ts";
import { tensorFrom } from "./tensor.ts";
import { verifyGraph } from "./verify.ts";

function valid(): Graph {
  const builder = new GraphBuilder("g");
  const x = builder.input("x", "f32", [2, 3]);
  const w = builder.state("w", "f32", [3, 4]);
  const product = builder.within("dense", () => matmul(x, w));
  builder.output("y", add(product, builder.constant(tensorFrom("f32", [4], [1, 2, 3, 4]))));
  builder.setNext("w", w);
  return builder.build();
}

/** The valid graph with one node changed. */
function withNode(id: number, change: object): Graph {
  const graph = valid();
  const nodes = graph.nodes.map((node) => (node.id === id ? { ...node, ...change } : node));
  return { ...graph, nodes: nodes };
}

test("a graph from the builder is valid and costs what its ops say", () => {
  verifyGraph(valid());
  const cost = graphCost(valid());
  // 2 x 3 x 4 products and sums, then 8 additions; 48 bytes of weights.
  expect(cost.flops).toBe(2 * 24 + 8);
  expect(cost.parametersBytes).toBe(48);
  expect(cost.byOp["matmul"]).toEqual({ flops: 48, bytes: 4 * (6 + 12 + 8), nodes: 1 });
});

const broken: readonly (readonly [string, Graph])[] = [
  [
    'graph g: type of %2 matmul in "dense" must be f32[2,4] for f32[2,3], f32[3,4], got f32[4,2]',
    withNode(2, { type: { dtype: "f32", shape: [4, 2] } }),
  ],
  [
    'graph g: operands of %2 matmul in "dense" must come before it, got %7',
    withNode(2, { inputs: [0, 7] }),
  ],
  ['graph g: %2 matmul in "dense" must have 2 operands, got 1', withNode(2, { inputs: [0] })],
  ["graph g: ids must count from 0, got 9 at position 1", withNode(1, { id: 9 })],
  ['graph g: op of %2 must be known, got "magic"', withNode(2, { op: "magic" })],
  ['graph g: %0 input must be listed as input "q", got "x"', withNode(0, { attrs: { name: "q" } })],
  [
    'graph g: output "y" must name a node, got %42',
    { ...valid(), outputs: [{ name: "y", node: 42 }] },
  ],
  [
    'graph g: next value of state "w" must be f32[3,4], got f32[2,4] from %2 matmul in "dense"',
    { ...valid(), state: [{ name: "w", node: 1, next: 2 }] },
  ],
];

test.each(broken)("%s", (message, graph) => {
  expect(() => {
    verifyGraph(graph);
  }).toThrow(message);
});

test("a type rule that refuses is the cause, named with the operands", () => {
  expect(() => {
    verifyGraph(withNode(2, { inputs: [0, 0] }));
  }).toThrow(
    'graph g: %2 matmul in "dense" must fit its operands f32[2,3], f32[2,3]: matmul: inner sizes must match',
  );
});

test("special numbers and all dtypes survive JSON", () => {
  const builder = new GraphBuilder("g");
  const x = builder.input("x", "f32", [1]);
  builder.output("y", clip(x, -Infinity, -0));
  for (const dtype of ["f16", "i32", "i8", "u8", "bool"] as const) {
    builder.output(dtype, builder.constant(tensorFrom(dtype, [5], [0, 1, 0, 1, 1])));
  }
  const graph = builder.build();
  expect(graphFromJson(JSON.parse(JSON.stringify(graphToJson(graph))))).toEqual(graph);
});

const document = (): Record<string, unknown> =>
  JSON.parse(JSON.stringify(graphToJson(valid()))) as Record<string, unknown>;

const refused: readonly (readonly [string, unknown])[] = [
  ["graph json: document must be an object, got null", null],
  [
    "graph json: document must be format fastgpu-graph, version 1, got [",
    { ...document(), version: 2 },
  ],
  ["graph json: nodes must be a list, got", { ...document(), nodes: 3 }],
  [
    "graph json: nodes[0].dtype must be f32, f16, i32, i8, u8, bool",
    { ...document(), nodes: [{ dtype: "f64" }] },
  ],
  ["graph json: inputs[0] must be an object", { ...document(), inputs: [1] }],
];

test.each(refused)("%s", (message, value) => {
  expect(() => graphFromJson(value)).toThrow(message);
});

test("limits on nodes and constants hold", () => {
  expect(() => graphFromJson(document(), { maxNodes: 2, maxConstantBytes: 100 })).toThrow(
    "graph json: nodes must be at most 2, got 5",
  );
  expect(() => graphFromJson(document(), { maxNodes: 9, maxConstantBytes: 8 })).toThrow(
    "graph json: constants must be at most 8 bytes, got 16",
  );
});
