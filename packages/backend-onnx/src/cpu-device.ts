// Facts about the machine that a device description needs.
import { cpus, totalmem } from "node:os";
import type { DeviceInfo } from "@fastgpu/core";
import { env } from "onnxruntime-node";

/** The engine, as reports name it. */
export const engine: DeviceInfo["engine"] = {
  name: "onnxruntime-node",
  version: env.versions.node ?? "unknown",
};

/** The CPU provider's device, which every machine has. */
export function cpuDevice(): DeviceInfo {
  return {
    backend: "onnx",
    id: "cpu",
    kind: "cpu",
    name: cpus()[0]?.model.trim() ?? "CPU",
    dtypes: ["f32", "f16", "i32", "i8", "u8", "bool"],
    memoryBytes: totalmem(),
    engine,
    settings: {
      graphOptimizationLevel: ["all", "extended", "basic", "disabled"],
      // Threads that wait for work keep a core busy: faster alone, slower when another process needs it.
      "session.intra_op.allow_spinning": ["1", "0"],
    },
  };
}
