// Nodes that the WebGPU provider claims and cannot run stay on the CPU; other sessions are left as they are.
import { expect, it } from "vitest";
import { withCpuNodes, type NodeOutline } from "./cpu-nodes.ts";

const node = (
  name: string,
  opType: string,
  output: string[] = ["y"],
  kernel: bigint[] = [],
): NodeOutline => ({
  name,
  opType,
  output,
  attribute: [{ name: "kernel_shape", ints: kernel }],
});

const nodes = [
  node("pool", "MaxPool"),
  node("indexed", "MaxPool", ["y", "indices"]),
  node("skipped", "MaxPool", ["y", ""]),
  node("", "MaxPool", ["y", "indices"]),
  node("training", "BatchNormalization", ["y", "mean", "variance"]),
  node("flat", "ConvTranspose", ["y"], [3n, 3n]),
  node("solid", "ConvTranspose", ["y"], [3n, 3n, 3n]),
  node("many", "Split", Array<string>(9).fill("y")),
  node("product", "MatMul"),
];

it("names the nodes that WebGPU must not get", () => {
  const options = { executionProviders: ["webgpu"], intraOpNumThreads: 1 };
  expect(withCpuNodes(options, nodes)).toEqual({
    executionProviders: [
      { name: "webgpu", forceCpuNodeNames: ["indexed", "training", "solid", "many"] },
    ],
    intraOpNumThreads: 1,
  });
  expect(withCpuNodes(options, nodes.slice(-1))).toBe(options);
});

it("changes nothing for other providers", () => {
  const options = { executionProviders: [{ name: "cuda", deviceId: 1 }] };
  expect(withCpuNodes(options, nodes)).toBe(options);
});
