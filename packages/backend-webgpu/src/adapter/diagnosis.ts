// What `doctor` says of the adapters, and what to install where there is none.
import type { Diagnosis } from "@fastgpu/core";
import { engine, type FoundAdapter } from "./adapters.ts";

/** One line per adapter, or one that says how to get one. */
export function diagnoseAdapters(found: readonly FoundAdapter[]): readonly Diagnosis[] {
  if (found.length === 0) {
    return [
      {
        subject: "webgpu",
        status: "missing",
        detail: `${engine.name} ${engine.version} loads, but finds no adapter`,
        fix: missingAdapterFix(),
      },
    ];
  }
  return found.map(({ info, refusal }): Diagnosis => {
    const subject = `webgpu ${info.id}`;
    if (refusal !== undefined) {
      return { subject, status: "broken", detail: refusal, fix: "hide all but one of them" };
    }
    const kind = info.isSoftware === true ? "computes, but slowly, in software" : "computes";
    return {
      subject,
      status: "ok",
      detail: `${kind}: ${info.name} (${info.driver ?? "driver unknown"})`,
    };
  });
}

/** How to get an adapter on this system. */
export function missingAdapterFix(): string {
  switch (process.platform) {
    case "linux":
      return "install the GPU's Vulkan driver, or Mesa 24 or newer for software rendering: apt-get install mesa-vulkan-drivers (on Debian 12 from bookworm-backports)";
    case "win32":
      return "install the driver of a GPU with Direct3D 12 or Vulkan";
    default:
      return "needs a GPU with Metal";
  }
}
