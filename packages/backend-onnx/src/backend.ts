// The backend itself: which devices ONNX Runtime has on this machine, and how one is opened.
import {
  BackendUnavailableError,
  type Backend,
  type Device,
  type DeviceInfo,
  type OpenOptions,
} from "@fastgpu/core";
import type { InferenceSession } from "onnxruntime-node";
import { cpuDevice, engine } from "./cpu-device.ts";
import { diagnose, fixFor } from "./providers/diagnosis.ts";
import { acceleratorDevice, acceleratorNames, probeAccelerators } from "./providers/probe.ts";
import { HostDevice } from "./session/host-device.ts";
import { sessionOptions } from "./session/options.ts";

/** Devices that were tried in this process and computed; opening one need not try again. */
const tried = new WeakSet<DeviceInfo>();

/** ONNX Runtime as a backend. */
export const backend: Backend = {
  name: "onnx",
  devices: async () => [cpuDevice(), ...(await openAccelerators(acceleratorNames))],
  // Every machine has the CPU, and it comes first; of the others only the one that is asked for is tried.
  find: async (id) => {
    if (id === "default" || id === "cpu") return cpuDevice();
    const [provider = ""] = id.split(":");
    if (!acceleratorNames.includes(provider)) return undefined;
    return (await openAccelerators([provider])).find((device) => device.id === id);
  },
  open,
  diagnose: async () => {
    const detail = `onnxruntime-node ${engine.version}`;
    const results = await probeAccelerators();
    return [{ subject: "onnx cpu", status: "ok", detail }, ...results.map(diagnose)];
  },
};

async function openAccelerators(providers: readonly string[]): Promise<DeviceInfo[]> {
  const results = await probeAccelerators(providers);
  const devices = results.filter(({ failure }) => failure === undefined).map(acceleratorDevice);
  for (const device of devices) tried.add(device);
  return devices;
}

async function open(info: DeviceInfo, options: OpenOptions): Promise<Device> {
  const provider = providerOf(info.id);
  if (provider === undefined) {
    throw new BackendUnavailableError(
      `onnx: device must be cpu or one of ${acceleratorNames.join(", ")}, got "${info.id}"`,
      { fix: "list devices with fastgpu-bench devices" },
    );
  }
  const settings = sessionOptions(provider, options);
  if (info.id !== "cpu" && !tried.has(info)) await tryOpening(info.id);
  return new HostDevice(info, settings, options.memoryLimitBytes);
}

/** @throws {BackendUnavailableError} if the device does not compute */
async function tryOpening(id: string): Promise<void> {
  const [provider = ""] = id.split(":");
  const results = await probeAccelerators([provider]);
  const found = results.find((result) => acceleratorDevice(result).id === id);
  if (found !== undefined && found.failure === undefined) return;
  const reason = found?.failure ?? results[0]?.failure ?? "there is no such device";
  throw new BackendUnavailableError(`onnx: ${id} must open and compute, got: ${reason}`, {
    fix: fixFor(id),
  });
}

function providerOf(id: string): InferenceSession.ExecutionProviderConfig | undefined {
  const [name = "", deviceId = "0"] = id.split(":");
  if (name === "cpu") return { name: "cpu" };
  if (!acceleratorNames.includes(name) || !/^\d+$/.test(deviceId)) return undefined;
  return name === "cuda" || name === "dml" ? { name, deviceId: Number(deviceId) } : { name };
}
