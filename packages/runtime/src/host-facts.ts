// What a speed depends on beside the device, as texts by name: the same facts for whoever tunes and whoever uses it.
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import type { DeviceInfo } from "@fastgpu/core";

/** The machine and the Node that this program runs on. */
export function hostFacts(): Readonly<Record<string, string>> {
  return {
    platform: `${platform()} ${arch()}`,
    cpu: `${cpus()[0]?.model.trim() ?? "unknown"} x${availableParallelism()}`,
    memory: `${totalmem()} bytes`,
    node: process.versions.node,
  };
}

/** A device, with the engine that drives it. */
export function deviceFacts(info: DeviceInfo): Readonly<Record<string, string>> {
  return {
    device: `${info.backend}/${info.id} ${info.name}`,
    engine: `${info.engine.name} ${info.engine.version}`,
    ...(info.driver === undefined ? {} : { driver: info.driver }),
  };
}
