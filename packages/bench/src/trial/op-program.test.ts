// Which part of an operation stands for the whole: its result must be the start of the whole result.
import { evaluate, type RefMap } from "@fastgpu/core";
import { expect, test } from "vitest";
import { opGraph } from "../suite/check-sense.ts";
import type { OpFile } from "../suite/suite-file.ts";
import { checkablePart } from "./op-program.ts";

function product(...shapes: number[][]): OpFile {
  return { name: "matmul", inputs: shapes.map((shape) => ({ shape })) };
}

function shapes(op: OpFile | undefined): unknown {
  return op?.inputs.map(({ shape }) => shape);
}

test("a small operation is checked as it is", () => {
  const op = product([8, 9], [9, 7]);
  expect(checkablePart(op)).toBe(op);
});

test("of a large product the first rows, of a batch of them the first, of a convolution the first images", () => {
  expect(shapes(checkablePart(product([2048, 1024], [1024, 2048])))).toEqual([
    [4, 1024],
    [1024, 2048],
  ]);
  expect(shapes(checkablePart(product([64, 128, 256], [64, 256, 128])))).toEqual([
    [1, 128, 256],
    [1, 256, 128],
  ]);
  expect(shapes(checkablePart(product([64, 128, 256], [256, 128])))).toEqual([
    [1, 128, 256],
    [256, 128],
  ]);
  const conv: OpFile = {
    name: "conv",
    attributes: {
      strides: [1, 1],
      dilations: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      groups: 1,
    },
    inputs: [{ shape: [99, 16, 32, 32] }, { shape: [32, 16, 3, 3], isConstant: true }],
  };
  expect(shapes(checkablePart(conv))).toEqual([
    [4, 16, 32, 32],
    [32, 16, 3, 3],
  ]);
});

test("nothing stands for a large product whose rows are columns, or one that stays too large", () => {
  const transposed = { ...product([1024, 2048], [1024, 2048]), attributes: { transposeA: true } };
  expect(checkablePart(transposed)).toBeUndefined();
  expect(checkablePart(product([8, 512, 512], [8, 512, 512]))).toBeUndefined();
});

test("the part of a batch of products is the start of the whole", () => {
  const numbers = (count: number, salt: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + salt));
  const run = (batch: number): readonly number[] => {
    const inputs: RefMap = {
      x0: { dtype: "f32", shape: [batch, 2, 3], data: numbers(18, 1).subarray(0, batch * 6) },
      x1: { dtype: "f32", shape: [batch, 3, 2], data: numbers(18, 2).subarray(0, batch * 6) },
    };
    const graph = opGraph(product([batch, 2, 3], [batch, 3, 2]));
    return [...(evaluate(graph, inputs).outputs["y"]?.data ?? [])];
  };
  expect(run(3).slice(0, 4)).toEqual(run(1));
});
