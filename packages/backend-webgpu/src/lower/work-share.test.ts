// A kernel's share of a program's work, and what follows for how much of it is written out on a software adapter.
import { GraphBuilder, type Graph } from "@fastgpu/core";
import { expect, test } from "vitest";
import { softwareTraits } from "../../test/made-up-traits.ts";
import { compileGraph } from "./compile.ts";
import { prepare } from "./prepare.ts";
import type { OpNode } from "./program.ts";
import { workShares } from "./work-share.ts";

const software = { ...softwareTraits, hasF16: false };

/** x [128, k] w [k, n] and y [128, 64] v [64, 32]: operations 256 k n and 524,288. */
function twoProducts(k: number, n: number): Graph {
  const builder = new GraphBuilder("two");
  const product = (name: string, depth: number, columns: number): void => {
    const a = builder.input(`${name}/a`, "f32", [128, depth]);
    const b = builder.input(`${name}/b`, "f32", [depth, columns]);
    const attrs = { transposeA: false, transposeB: false };
    builder.output(name, builder.op("matmul", [a, b], attrs));
  };
  product("large", k, n);
  product("small", 64, 32);
  return builder.build();
}

test("shares are of the products' operations, a multiply-add counted as two", () => {
  const program = prepare(twoProducts(64, 96));
  const shareOf = workShares(program);
  const nodes = program.nodes.filter((node): node is OpNode => node.kind === "op");
  expect(nodes.map(shareOf)).toEqual([0.75, 0.25]);
});

test("a small share of the work is compiled fast: one depth index is written out, else four", () => {
  const labels = (graph: Graph): string[] =>
    compileGraph(graph, {
      traits: software,
      slotAddress: (buffer) => ({ buffer, offsetBytes: 0 }),
      chooseTile: () => undefined,
    }).dispatches.map(({ op }) => op);
  expect(labels(twoProducts(64, 96))).toEqual([
    "matmul broadcast 8x32x4",
    "matmul broadcast 8x32x4",
  ]);
  expect(labels(twoProducts(1024, 1024))).toEqual([
    "matmul broadcast 16x32x4",
    "matmul broadcast 8x32x1",
  ]);
});

test("a bound that shall not be known is computed outside of the segments of the grid", () => {
  const builder = new GraphBuilder("rows");
  const x = builder.input("x", "f32", [3, 10]);
  builder.output("y", builder.op("reduceSum", [x], { axes: [1], keepDims: false }));
  const [dispatch] = compileGraph(builder.build(), {
    traits: software,
    slotAddress: (buffer) => ({ buffer, offsetBytes: 0 }),
    chooseTile: () => undefined,
  }).dispatches;
  const { wgsl } = dispatch!;
  // Within the only workgroup of a segment the place is known to be 0.
  expect(wgsl.indexOf("let hidden_zero")).toBeLessThan(wgsl.indexOf("if (place < 1u)"));
  expect(wgsl).toContain("10u + hidden_zero");
});
