// What `doctor` says of each execution provider: whether it computes, and if not, what would have to change.
import { existsSync } from "node:fs";
import type { Diagnosis } from "@fastgpu/core";
import { acceleratorDevice, type ProbeResult } from "./probe.ts";

/** The line of a provider that was tried. */
export function diagnose(result: ProbeResult): Diagnosis {
  const subject = `onnx ${result.provider}`;
  if (result.failure !== undefined) {
    return {
      subject,
      status: "missing",
      detail: reasonFor(result.provider, result.failure),
      fix: fixFor(result.provider),
    };
  }
  const { id, name, isSoftware } = acceleratorDevice(result);
  return {
    subject: `onnx ${id}`,
    status: "ok",
    detail: isSoftware === true ? `computes, but slowly: ${name}` : `computes: ${name}`,
  };
}

/** What to do about a provider that does not open; `id` may be that of a device. */
export function fixFor(id: string): string {
  const [provider = ""] = id.split(":");
  switch (provider) {
    case "cuda":
      if (process.platform !== "linux" || process.arch !== "x64") return "use Linux on x64";
      return hasNvidiaDriver()
        ? "install CUDA 12 and cuDNN 9, then run node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12"
        : "needs an NVIDIA GPU with its driver";
    case "webgpu":
      return process.platform === "linux"
        ? "install a Vulkan driver: apt-get install mesa-vulkan-drivers (24 or newer for software rendering)"
        : "install a driver for a GPU that supports WebGPU";
    case "dml":
      return "needs Windows";
    case "coreml":
      return "needs macOS";
    default:
      return "list devices with fastgpu-bench devices";
  }
}

function reasonFor(provider: string, failure: string): string {
  if (provider !== "cuda" || process.platform !== "linux" || hasNvidiaDriver()) return failure;
  return `no NVIDIA driver is loaded (${failure})`;
}

function hasNvidiaDriver(): boolean {
  return existsSync("/proc/driver/nvidia/version");
}
