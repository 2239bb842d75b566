// Sums with a product by a scalar run as one kernel and agree with the reference; what that kernel does not fit is left.
import {
  evaluate,
  GraphBuilder,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type Graph,
  type Shape,
} from "@fastgpu/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lowerGraph } from "../src/lower/lower-graph.ts";
import { findScaledAdds } from "../src/lower/scaled-add.ts";
import { openTestDevice } from "./device.ts";

let device: Device;
beforeEach(async () => {
  device = await openTestDevice();
});
afterEach(() => device.dispose());

/** m = 0.9 m + g, then p - rate m and, from the same m, m + rate p. */
function program(shape: Shape): Graph {
  const b = new GraphBuilder("scaled sums");
  const m = b.input("m", "f32", shape);
  const p = b.input("p", "f32", shape);
  const rate = b.input("rate", "f32", []);
  const next = b.op("add", [b.op("mul", [m, b.scalar(0.9, "f32")], {}), p], {});
  b.output("next", next);
  b.output("difference", b.op("sub", [p, b.op("mul", [rate, next], {})], {}));
  b.output("sum", b.op("add", [next, b.op("mul", [p, rate], {})], {}));
  return b.build();
}

const values = (shape: Shape, seed: number) =>
  tensorFrom(
    "f32",
    shape,
    Array.from({ length: shape.reduce((size, axis) => size * axis, 1) }, (_, i) =>
      Math.sin(seed + i * 0.71),
    ),
  );

it.each([
  [[128, 128], 3],
  [[3, 32, 11, 16], 3],
  // 1031 is prime: blocks of 16 leave rows of one block.
  [[1031, 16], 0],
  [[130, 127], 0],
  [[8, 16], 0],
] as const)("%j, %i kernels", async (shape, count) => {
  const graph = program(shape);
  expect(findScaledAdds(graph, 16).sums.size).toBe(count);
  const nodes = lowerGraph(graph, {}, { blockChannels: 16 }).nodes.map(({ opType }) => opType);
  expect(nodes.filter((opType) => opType === "Conv")).toHaveLength(count);
  const inputs = { m: values(shape, 1), p: values(shape, 2), rate: tensorFrom("f32", [], [0.3]) };
  const executable = await device.compile(graph);
  const found = await executable.run(inputs);
  const { outputs } = evaluate(graph, toReferences(inputs));
  for (const [name, expected] of Object.entries(outputs)) {
    const largest = toNumbers(found[name]!).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected.data[i]!)),
      0,
    );
    expect(largest).toBeLessThan(1e-6);
  }
});

it("leaves products that others use, tensors as factors, and next values of slots", () => {
  const b = new GraphBuilder("left alone");
  const shape = [128, 128];
  const x = b.input("x", "f32", shape);
  const y = b.input("y", "f32", shape);
  const product = b.op("mul", [x, b.scalar(2, "f32")], {});
  b.output("shared", product);
  b.output("a", b.op("add", [y, product], {}));
  b.output("b", b.op("add", [y, b.op("mul", [x, y], {})], {}));
  const half = b.op("mul", [b.state("s", "f32", shape), b.scalar(0.5, "f32")], {});
  b.setNext("s", b.op("add", [half, x], {}));
  expect(findScaledAdds(b.build(), 16).sums.size).toBe(0);
});
