// A part of the shared suite on the engines that every machine has: whole models, state, special values, geometry. The
// whole suite on every engine is a step of CI: fastgpu-bench conformance --backend tfjs --device wasm.
import { describeConformance } from "@fastgpu/conformance/vitest";
import backend from "../src/index.ts";

const groups = {
  wasm: ["state/", "special/", "geometry/conv", "geometry/m", "model/", "predict/"],
  cpu: ["state/", "special/re", "geometry/conv"],
} as const;

for (const device of ["wasm", "cpu"] as const) {
  await describeConformance(backend, {
    device,
    filter: (name) => groups[device].some((group) => name.startsWith(group)),
  });
}
