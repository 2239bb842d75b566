// What simplification finds, as printed programs, and what it must leave alone.
import { expect, test } from "vitest";
import * as f from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import { printGraph } from "../graph/print.ts";
import { tensorFrom } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { simplify } from "./simplify.ts";
import { bindInput, freeze, pruneOutputs } from "./specialize.ts";

function graphOf(formula: (x: Value, y: Value) => Value): Graph {
  const builder = new GraphBuilder("g");
  const x = builder.input("x", "f32", [2, 4]);
  const y = builder.input("y", "f32", [2, 4]);
  builder.output("z", formula(x, y));
  return builder.build();
}

/** The computing lines after simplification, without the two inputs. */
function simplified(formula: (x: Value, y: Value) => Value): string[] {
  return printGraph(simplify(graphOf(formula)))
    .split("\n")
    .slice(3, -1);
}

const same: readonly (readonly [string, (x: Value, y: Value) => Value])[] = [
  ["x + 0", (x) => f.add(x, 0)],
  ["x * 1", (x) => f.mul(1, x)],
  ["x / 1", (x) => f.div(x, 1)],
  ["--x", (x) => f.neg(f.neg(x))],
  ["reshape back", (x) => f.reshape(f.reshape(x, [8]), [2, 4])],
  ["transpose back", (x) => f.transpose(f.transpose(x))],
  ["cast there and back", (x) => f.cast(f.cast(f.cast(x, "f32"), "f32"), "f32")],
  ["slices joined", (x) => f.concat([f.sliceAxis(x, 0, 0, 2)], 0)],
  ["known choice", (x, y) => f.select(f.greater(x.emitter.scalar(2, "f32"), 1), x, y)],
  ["reverse twice", (x) => f.reverse(f.reverse(x, [1]), [1])],
];

test.each(same)("%s is the operand itself", (_, formula) => {
  expect(simplified(formula)).toEqual([]);
});

const rewritten: readonly (readonly [string, (x: Value, y: Value) => Value, string[]])[] = [
  ["x + -y", (x, y) => f.add(x, f.neg(y)), ["%2 = sub(%0, %1) : f32[2,4]"]],
  [
    "two factors",
    (x) => f.mul(f.mul(x, 2), 3),
    ["%2 = constant 6 : f32[]", "%3 = mul(%0, %2) : f32[2,4]"],
  ],
  [
    "x * 0 of floats, which keeps NaN",
    (x) => f.mul(x, 0),
    ["%2 = constant 0 : f32[]", "%3 = mul(%0, %2) : f32[2,4]"],
  ],
  [
    "a transposed operand",
    (x, y) => f.matmul(x, f.transpose(y)),
    ["%2 = matmul(%0, %1) {transposeB} : f32[2,2]"],
  ],
  [
    "the same sum twice, operands swapped",
    (x, y) => f.mul(f.add(x, y), f.add(y, x)),
    ["%2 = add(%0, %1) : f32[2,4]", "%3 = mul(%2, %2) : f32[2,4]"],
  ],
  [
    "gradients of two halves",
    (x, y) => f.add(f.pad(x, [0, 0], [2, 0]), f.pad(y, [2, 0], [0, 0])),
    ["%2 = concat(%0, %1) {axis=0} : f32[4,4]"],
  ],
  [
    "a repeated operand",
    (x) => f.mul(x, f.broadcastTo(f.exp(f.sliceAxis(x, 1, 0, 1)), [2, 4])),
    [
      "%2 = slice(%0) {starts=[0,0], limits=[2,1], strides=[1,1]} : f32[2,1]",
      "%3 = exp(%2) : f32[2,1]",
      "%4 = mul(%0, %3) : f32[2,4]",
    ],
  ],
];

test.each(rewritten)("%s", (_, formula, lines) => {
  expect(simplified(formula)).toEqual(lines);
});

test("a large constant is not stored wider, but what is computed from the wider one is folded", () => {
  const builder = new GraphBuilder("g");
  const bytes = builder.constant(
    tensorFrom(
      "i8",
      [2048, 2],
      Int8Array.from({ length: 4096 }, (_, i) => (i % 2 === 0 ? 100 : -1)),
    ),
  );
  const wide = f.cast(bytes, "i32");
  builder.output("sums", f.reduceSum(wide, [0]));
  builder.output("products", f.matmul(builder.input("x", "i32", [1, 2048]), wide));
  const lines = printGraph(simplify(builder.build())).split("\n");
  expect(lines.filter((line) => line.includes("cast("))).toHaveLength(1);
  expect(lines.join("\n")).toContain("constant [204800, -2048] : i32[2]");
});

test("communication is never merged or folded", () => {
  const lines = simplified((x) => f.add(f.allReduce(x, "g"), f.allReduce(x, "g")));
  expect(lines.filter((line) => line.includes("allReduce"))).toHaveLength(2);
});

test("frozen state and bound inputs become constants that fold", () => {
  const builder = new GraphBuilder("g");
  const w = builder.state("w", "f32", [2]);
  const x = builder.input("x", "f32", [2]);
  builder.output("z", f.add(f.mul(w, 2), x));
  builder.output("other", f.exp(x));
  const values = { w: tensorFrom("f32", [2], [1, 2]) };
  const graph = freeze(pruneOutputs(builder.build(), ["z"]), values);
  expect(printGraph(simplify(graph))).toBe(
    [
      "graph g",
      '%0 = input "x" : f32[2]',
      "%1 = constant [2, 4] : f32[2]",
      "%2 = add(%1, %0) : f32[2]",
      'output "z" = %2',
    ].join("\n"),
  );
  const bound = simplify(bindInput(graph, "x", tensorFrom("f32", [2], [1, 1])));
  expect(printGraph(bound)).toBe('graph g\n%0 = constant [3, 5] : f32[2]\noutput "z" = %0');
  expect(() => freeze(builder.build(), { v: tensorFrom("f32", [1], [0]) })).toThrow(
    'graph g: state "v" must exist, got f32[1]',
  );
});
