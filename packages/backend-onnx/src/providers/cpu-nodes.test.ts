// Nodes that the WebGPU provider claims and cannot run stay on the CPU; other sessions are left as they are.
import { expect, it } from "vitest";
import { withCpuNodes, type NodeOutline } from "./cpu-nodes.ts";

const nodes: NodeOutline[] = [
  { name: "pool", opType: "MaxPool", output: ["y"] },
  { name: "indexed", opType: "MaxPool", output: ["y", "indices"] },
  { name: "skipped", opType: "MaxPool", output: ["y", ""] },
  { name: "", opType: "MaxPool", output: ["y", "indices"] },
  { name: "training", opType: "BatchNormalization", output: ["y", "mean", "variance"] },
  { name: "product", opType: "MatMul", output: ["y"] },
];

it("names the nodes that WebGPU must not get", () => {
  const options = { executionProviders: ["webgpu"], intraOpNumThreads: 1 };
  expect(withCpuNodes(options, nodes)).toEqual({
    executionProviders: [{ name: "webgpu", forceCpuNodeNames: ["indexed", "training"] }],
    intraOpNumThreads: 1,
  });
  expect(withCpuNodes(options, nodes.slice(-1))).toBe(options);
});

it("changes nothing for other providers", () => {
  const options = { executionProviders: [{ name: "cuda", deviceId: 1 }] };
  expect(withCpuNodes(options, nodes)).toBe(options);
});
