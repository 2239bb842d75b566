// A program over rows of a resident data set gives what the program over the batch gives.
import { expect, test } from "vitest";
import { matmul } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { evaluate } from "../reference/evaluate.ts";
import { readResidentData, rowsInput } from "./resident-data.ts";

function product(): ReturnType<GraphBuilder["build"]> {
  const builder = new GraphBuilder("product");
  const x = builder.input("x", "f32", [2, 3]);
  builder.output("y", matmul(x, builder.state("w", "f32", [3, 1])));
  return builder.build();
}

test("rows are taken in the order given, also twice", () => {
  const resident = { x: { slot: "data/x", type: { dtype: "f32", shape: [4, 3] } as const } };
  const graph = readResidentData(product(), resident);
  expect(graph.inputs.map(({ name }) => name)).toEqual([rowsInput]);
  const data = Float64Array.from({ length: 12 }, (_, i) => i);
  const state = {
    "data/x": { dtype: "f32", shape: [4, 3], data },
    w: { dtype: "f32", shape: [3, 1], data: Float64Array.of(1, 10, 100) },
  } as const;
  const rows = { dtype: "i32", shape: [2], data: Float64Array.of(3, 0) } as const;
  // Row 3 is 9, 10, 11 and row 0 is 0, 1, 2.
  expect([...evaluate(graph, { rows }, state).outputs["y"]!.data]).toEqual([1209, 210]);
  const twice = { dtype: "i32", shape: [2], data: Float64Array.of(1, 1) } as const;
  expect([...evaluate(graph, { rows: twice }, state).outputs["y"]!.data]).toEqual([543, 543]);
});

test("a slot of other columns or an unknown input is refused", () => {
  const type = { dtype: "f32", shape: [4, 5] } as const;
  expect(() => readResidentData(product(), { x: { slot: "d", type } })).toThrow(
    'resident data: input "x" of product must be a batch of rows of f32[4,5], got f32[2,3]',
  );
  expect(() => readResidentData(product(), { z: { slot: "d", type } })).toThrow("no such input");
});
