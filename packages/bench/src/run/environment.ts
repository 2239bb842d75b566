// The machine and software of a run, as the record states it. GPU facts come from systeminformation, which knows the
// tools of each platform.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism, arch, cpus, platform, release, totalmem } from "node:os";
import si from "systeminformation";
import type { DeviceInfo } from "@fastgpu/core";
import { fingerprintText, type Environment, type GpuInfo } from "@fastgpu/results";

/** Describes this machine and the engines of the devices that a run uses. */
export async function describeEnvironment(devices: readonly DeviceInfo[]): Promise<Environment> {
  const powerGovernor = await readGovernor();
  const described: Omit<Environment, "fingerprint"> = {
    os: { platform: platform(), release: release(), arch: arch() },
    cpu: {
      model: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      ...(powerGovernor === undefined ? {} : { powerGovernor }),
    },
    memoryBytes: totalmem(),
    node: process.versions.node,
    fastgpu: await ownVersion(),
    engines: enginesOf(devices),
    gpus: await gpus(),
  };
  const fingerprint = createHash("sha256").update(fingerprintText(described)).digest("hex");
  return { ...described, fingerprint };
}

function enginesOf(devices: readonly DeviceInfo[]): Record<string, string> {
  return Object.fromEntries(devices.map(({ engine }) => [engine.name, engine.version]));
}

async function gpus(): Promise<readonly GpuInfo[]> {
  const { controllers } = await si.graphics();
  return controllers.map((gpu) => ({
    name: gpu.name ?? gpu.model,
    ...(gpu.vendor === "" ? {} : { vendor: gpu.vendor }),
    ...memoryOf(gpu),
    ...(gpu.driverVersion === undefined ? {} : { driver: gpu.driverVersion }),
    ...(gpu.powerLimit === undefined ? {} : { powerLimitWatts: gpu.powerLimit }),
  }));
}

/** systeminformation counts in MiB. */
function memoryOf({
  memoryTotal,
  vram,
}: si.Systeminformation.GraphicsControllerData): Pick<GpuInfo, "memoryBytes"> {
  const mebibytes = memoryTotal ?? vram;
  return mebibytes === null || mebibytes === 0 ? {} : { memoryBytes: mebibytes * 2 ** 20 };
}

/** Linux only; virtual machines often have none. */
async function readGovernor(): Promise<string | undefined> {
  const path = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return undefined;
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
