// Every shared case on ONNX Runtime's CPU provider.
import { describeConformance } from "@fastgpu/conformance/vitest";
import backend from "../src/index.ts";
import { testDeviceId } from "./device.ts";

await describeConformance(backend, { device: testDeviceId, open: { threads: 1 } });
