// Every shared case on ONNX Runtime's CPU provider.
import { describeConformance } from "@fastgpu/conformance/vitest";
import backend from "../src/index.ts";

await describeConformance(backend, { device: "cpu", open: { threads: 1 } });
