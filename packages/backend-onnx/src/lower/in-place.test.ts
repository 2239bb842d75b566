// Which slots may be written in place, on small dataflows written out by hand.
import { expect, it } from "vitest";
import { slotsInPlace, type DataflowNode } from "./in-place.ts";

/** `y = Op a b`, one node a line. */
function nodes(text: string): DataflowNode[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [outputs = "", node = ""] = line.split("=");
      const [opType = "", ...input] = node.trim().split(/\s+/);
      return { opType, input, output: outputs.trim().split(/\s+/) };
    });
}

const inPlace = (text: string): string[] => [
  ...slotsInPlace(nodes(text), [{ name: "w", current: "w", next: "next" }]),
];

it.each([
  ["read by its writer alone", "next = Sub w step"],
  ["not read at all", "next = Add a b"],
  [
    "read by a product far before",
    `y = Gemm x w
     e = ReduceSum y
     g = Gemm x e
     step = Mul g rate
     next = Sub w step`,
  ],
  [
    "read through a view before",
    `flat = Reshape w shape
     m = Mul flat rate
     back = Reshape m shape
     next = Add back g`,
  ],
  [
    "a product that does not read it joins in",
    `keep = Mul w rate
     g = MatMul x dy
     next = Add keep g`,
  ],
])("in place: %s", (_, text) => {
  expect(inPlace(text)).toEqual(["w"]);
});

it.each([
  [
    "read by a node that the writer does not wait for",
    `y = Gemm x w
     next = Sub w step`,
  ],
  [
    "read after the write",
    `next = Sub w step
     y = Add w next`,
  ],
  [
    "read through a view that the writer does not wait for",
    `flat = Reshape w shape
     y = Mul flat x
     next = Sub w step`,
  ],
  [
    "a product that reads it could become part of the writer",
    `y = MatMul x w
     next = Add y w`,
  ],
  [
    "such a product behind elementwise nodes and views",
    `v = Reshape w shape
     y = MatMul x v
     s = Mul y rate
     r = Reshape s shape
     next = Sub w r`,
  ],
  ["the writer is not elementwise", "next = Concat w x"],
  ["another slot's value moves in", "next = Identity other"],
  ["nothing in the model writes it", "y = Mul w x"],
])("not in place: %s", (_, text) => {
  expect(inPlace(text)).toEqual([]);
});
