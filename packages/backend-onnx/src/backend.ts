// The backend itself: which devices ONNX Runtime has on this machine, and how one is opened.
import {
  BackendUnavailableError,
  type Backend,
  type Device,
  type DeviceInfo,
  type Diagnosis,
  type OpenOptions,
} from "@fastgpu/core";
import type { InferenceSession } from "onnxruntime-node";
import { cpuDevice, engine } from "./cpu-device.ts";
import { acceleratorDevice, acceleratorNames, probeAccelerators } from "./providers/probe.ts";
import { HostDevice } from "./session/host-device.ts";
import { sessionOptions } from "./session/options.ts";

/** ONNX Runtime as a backend. */
export const backend: Backend = {
  name: "onnx",
  devices: async () => {
    const results = await probeAccelerators();
    const opened = results.filter(({ failure }) => failure === undefined);
    return [cpuDevice(), ...opened.map(acceleratorDevice)];
  },
  // Every machine has the CPU, and it comes first.
  find: (id) => Promise.resolve(id === "default" || id === "cpu" ? cpuDevice() : undefined),
  open,
  diagnose: async () => {
    const cpu: Diagnosis = {
      subject: "onnx cpu",
      status: "ok",
      detail: `onnxruntime-node ${engine.version}`,
    };
    const results = await probeAccelerators();
    return [
      cpu,
      ...results.map(({ provider, failure }): Diagnosis => {
        const subject = `onnx ${provider}`;
        if (failure === undefined) return { subject, status: "ok", detail: "opens and computes" };
        return { subject, status: "missing", detail: failure, fix: fixFor(provider) };
      }),
    ];
  },
};

async function open(info: DeviceInfo, options: OpenOptions): Promise<Device> {
  const provider = providerOf(info.id);
  if (provider === undefined) {
    throw new BackendUnavailableError(
      `onnx: device must be cpu or one of ${acceleratorNames.join(", ")}, got "${info.id}"`,
      { fix: "list devices with fastgpu-bench devices" },
    );
  }
  const settings = sessionOptions(provider, options);
  if (info.id !== "cpu") {
    const results = await probeAccelerators();
    const found = results.find((result) => acceleratorDevice(result).id === info.id);
    if (found === undefined || found.failure !== undefined) {
      const reason = found?.failure ?? "this build of ONNX Runtime does not have it";
      throw new BackendUnavailableError(`onnx: ${info.id} must open and compute, got: ${reason}`, {
        fix: fixFor(info.id),
      });
    }
  }
  return new HostDevice(info, settings, options.memoryLimitBytes);
}

function providerOf(id: string): InferenceSession.ExecutionProviderConfig | undefined {
  const [name = "", deviceId = "0"] = id.split(":");
  if (name === "cpu") return { name: "cpu" };
  if (!acceleratorNames.includes(name) || !/^\d+$/.test(deviceId)) return undefined;
  return name === "cuda" || name === "dml" ? { name, deviceId: Number(deviceId) } : { name };
}

function fixFor(id: string): string {
  if (id.startsWith("cuda")) {
    return "install CUDA 12 and cuDNN 9, then run node node_modules/onnxruntime-node/script/install.js";
  }
  if (id.startsWith("webgpu"))
    return "install a Vulkan driver, such as apt-get install mesa-vulkan-drivers";
  return `use a platform whose ONNX Runtime package has ${id}`;
}
