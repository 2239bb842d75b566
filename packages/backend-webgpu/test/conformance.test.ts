// A sample of the shared cases on the first adapter; all of them run through `fastgpu-bench conformance --backend webgpu`.
import { conformanceCases } from "@fastgpu/conformance";
import { describeConformance } from "@fastgpu/conformance/vitest";
import backend from "../src/index.ts";

/** Every case of how state behaves, and one in so many of the rest. */
const stride = 75;
const sample = new Set(
  conformanceCases()
    .map(({ name }) => name)
    .filter((name, i) => name.startsWith("state/") || i % stride === 0),
);

await describeConformance(backend, { filter: (name) => sample.has(name) });
