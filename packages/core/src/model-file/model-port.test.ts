// Shapes for generated data, and which values fit a declared shape.
import { expect, it } from "vitest";
import { formatPort, generatedShapes, shapeMismatch, type ModelPort } from "./model-port.ts";

const port = (name: string, shape?: ModelPort["shape"]): ModelPort =>
  shape === undefined ? { name, dtype: "f32" } : { name, dtype: "f32", shape };

it("takes a symbolic batch as 1, wherever its name occurs", () => {
  const inputs = [port("x", ["n", 512]), port("state", [2, "n", 128]), port("rate", [])];
  expect(generatedShapes(inputs)).toEqual([[1, 512], [2, 1, 128], []]);
});

it("asks for every other symbolic dimension by name", () => {
  const inputs = [port("x", ["n", "time", "x.2"]), port("lengths", ["count"])];
  expect(() => generatedShapes(inputs)).toThrow('none for "time", "x.2", "count"');
  expect(() => generatedShapes([port("x")])).toThrow('"x": its rank must be declared');
});

it("holds one name to one size over all inputs", () => {
  const sizes = new Map<string, number>();
  expect(shapeMismatch(["n", 3], [2, 3], sizes)).toBeUndefined();
  expect(shapeMismatch(["n"], [4], sizes)).toBe("4 where n is 2");
  expect(shapeMismatch(["n", 3], [2, 5], sizes)).toBe("5 where 3 is 3");
  expect(shapeMismatch(["n"], [2, 2], sizes)).toBe("rank 2");
  expect(shapeMismatch(undefined, [7, 7, 7], sizes)).toBeUndefined();
});

it("prints what is declared", () => {
  expect(formatPort(port("x", ["n", 3]))).toBe("f32[n,3]");
  expect(formatPort({ dtype: "i64", shape: [] })).toBe("i64[]");
  expect(formatPort({ dtype: "i64" })).toBe("i64[?]");
});
