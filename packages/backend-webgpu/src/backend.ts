// The backend itself: the adapters of this machine as devices, and how one is opened.
import { availableParallelism } from "node:os";
import {
  BackendUnavailableError,
  DeviceLedger,
  type Backend,
  type Device,
  type DeviceInfo,
  type Diagnosis,
  type OpenOptions,
} from "@fastgpu/core";
import { findAdapters } from "./adapter/adapters.ts";
import { openAdapter } from "./adapter/open-adapter.ts";
import { diagnoseAdapters, missingAdapterFix } from "./adapter/diagnosis.ts";
import { mesaCacheFolder } from "./adapter/driver-cache.ts";
import { cacheFolder } from "./cache-folder.ts";
import { CompileAhead } from "./device/compile-ahead.ts";
import { GpuContext } from "./device/gpu-context.ts";
import { choicesFolder, KernelChoices } from "./device/kernel-choices.ts";
import { KnownKernels } from "./device/known-kernels.ts";
import { timestampQuantum } from "./device/timestamp-quantum.ts";
import { WebGpuDevice } from "./device/webgpu-device.ts";

/** WebGPU as a backend. */
export const backend: Backend = {
  name: "webgpu",
  devices: async () => {
    const found = await findAdapters();
    const usable = found.filter(({ refusal }) => refusal === undefined);
    return Promise.all(usable.map(({ info }) => withQuantum(info)));
  },
  // Measuring clocks takes a device of its own, which whoever opens one does not wait for.
  find: async (id) => {
    const usable = (await findAdapters()).filter(({ refusal }) => refusal === undefined);
    return usable.find(({ info }) => id === "default" || info.id === id)?.info;
  },
  open,
  diagnose: async (): Promise<readonly Diagnosis[]> => diagnoseAdapters(await findAdapters()),
};

async function open(info: DeviceInfo, options: OpenOptions): Promise<Device> {
  const found = await findAdapters();
  const adapter = found.find((candidate) => candidate.info.id === info.id);
  if (adapter?.info.name !== info.name) {
    const ids = found.map((candidate) => candidate.info.id).join(", ");
    throw new BackendUnavailableError(
      `webgpu: device must be one of [${ids}], got "${info.id}" (${info.name})`,
      { fix: found.length === 0 ? missingAdapterFix() : "list devices with fastgpu-bench devices" },
    );
  }
  if (adapter.refusal !== undefined) {
    throw new BackendUnavailableError(
      `webgpu: an adapter's name must be its own, got: ${adapter.refusal}`,
      { fix: "hide all but one of them" },
    );
  }
  const { gpu, traits, wish } = await openAdapter(info.name, options);
  const choices = await KernelChoices.open(adapter.info, choicesFolder(process.env));
  const ahead = await compileAheadOf(adapter.info, options);
  const { timestampQuantumNs } = info;
  const opened: DeviceInfo =
    timestampQuantumNs === undefined ? adapter.info : { ...adapter.info, timestampQuantumNs };
  return new WebGpuDevice(opened, gpu, traits, options.memoryLimitBytes, choices, ahead, wish);
}

/** By name: measured once in a process. */
const quanta = new Map<string, Promise<number | undefined>>();

async function withQuantum(info: DeviceInfo): Promise<DeviceInfo> {
  const { name } = info;
  const measured = quanta.get(name) ?? measureQuantum(name);
  quanta.set(name, measured);
  const timestampQuantumNs = await measured;
  return timestampQuantumNs === undefined ? info : { ...info, timestampQuantumNs };
}

async function measureQuantum(name: string): Promise<number | undefined> {
  try {
    const { gpu } = await openAdapter(name, {});
    try {
      return await timestampQuantum(gpu);
    } finally {
      gpu.destroy();
    }
  } catch {
    // Whoever opens the device hears what is wrong with it.
    return undefined;
  }
}

/** Cores that compile at once; more find too little to do. */
const mostLanes = 4;

/** For drivers that compile kernels late and one by one, and keep the machine code on disk. */
async function compileAheadOf(
  info: DeviceInfo,
  options: OpenOptions,
): Promise<CompileAhead | undefined> {
  const lanes = Math.min(mostLanes, availableParallelism());
  const driverFolder = mesaCacheFolder(process.env);
  if (!/llvmpipe/i.test(info.name) || lanes < 2 || driverFolder === undefined) return undefined;
  const folder = cacheFolder("webgpu-known", process.env);
  const known = await KnownKernels.open(info, driverFolder, folder);
  const openContext = async (): Promise<GpuContext> => {
    const { gpu, traits } = await openAdapter(info.name, options);
    return new GpuContext(gpu, traits, new DeviceLedger("webgpu"));
  };
  return new CompileAhead(openContext, known, lanes);
}
