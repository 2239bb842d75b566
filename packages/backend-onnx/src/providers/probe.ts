// Which execution providers really open on this machine: each is tried in a child process of its own.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DeviceInfo } from "@fastgpu/core";
import { listSupportedBackends } from "onnxruntime-node";
import { engine } from "../cpu-device.ts";

/** What the child process says. */
export interface ProbeAnswer {
  /** Absent if it computes. */
  readonly failure?: string;
  /** Vulkan drivers it has loaded, where that can be known. */
  readonly drivers: readonly string[];
}

/** What trying a provider showed. */
export interface ProbeResult extends ProbeAnswer {
  readonly provider: string;
  readonly deviceId: number;
}

/** Accelerators this backend knows how to use, if the engine was built with them. */
export const acceleratorNames: readonly string[] = ["cuda", "webgpu", "dml", "coreml"];

/** Those of which a machine may have several, told apart by a number. */
const numbered: readonly string[] = ["cuda", "dml"];

const PROBE_TIMEOUT_MS = 20_000;

/** More devices of one kind than any machine has. */
const DEVICE_LIMIT = 64;

/**
 * Tries accelerators, each until a device of it does not open; of those that have none the failure is in the result.
 *
 * @param names - which; default: all
 */
export async function probeAccelerators(
  names: readonly string[] = acceleratorNames,
): Promise<ProbeResult[]> {
  const built = new Set(listSupportedBackends().map(({ name }) => name));
  const results = await Promise.all(
    names.map(async (provider): Promise<ProbeResult[]> => {
      if (!built.has(provider)) {
        const failure = `onnxruntime-node for ${process.platform}-${process.arch} is built without it`;
        return [{ provider, deviceId: 0, failure, drivers: [] }];
      }
      const found = [await probe(provider, 0)];
      while (numbered.includes(provider) && found.length < DEVICE_LIMIT) {
        if (found.at(-1)?.failure !== undefined) break;
        found.push(await probe(provider, found.length));
      }
      return found.length > 1 ? found.filter(({ failure }) => failure === undefined) : found;
    }),
  );
  return results.flat();
}

/** Describes a provider that opened. */
export function acceleratorDevice({ provider, deviceId, drivers }: ProbeResult): DeviceInfo {
  const software = drivers.length > 0 && drivers.every((driver) => driver in softwareDrivers);
  const names = drivers.map((driver) => softwareDrivers[driver] ?? driver).join(", ");
  return {
    backend: "onnx",
    id: numbered.includes(provider) ? `${provider}:${deviceId}` : provider,
    kind: provider === "coreml" ? "npu" : "gpu",
    name: names === "" ? `ONNX Runtime ${provider}` : `ONNX Runtime ${provider} on ${names}`,
    ...(software ? { isSoftware: true } : {}),
    ...(names === "" ? {} : { driver: names }),
    dtypes: ["f32", "f16", "i32", "i8", "u8", "bool"],
    engine,
  };
}

/** Vulkan drivers that compute on the CPU. */
export const softwareDrivers: Readonly<Record<string, string>> = {
  libvulkan_lvp: "lavapipe (software)",
  libvk_swiftshader: "SwiftShader (software)",
};

function probe(provider: string, deviceId: number): Promise<ProbeResult> {
  const entry = fileURLToPath(new URL("../../dist/providers/probe-main.js", import.meta.url));
  const base = { provider, deviceId, drivers: [] };
  if (!existsSync(entry)) {
    return Promise.resolve({ ...base, failure: `probe needs ${entry}; run npm run build` });
  }
  return new Promise((resolve) => {
    const options = { timeout: PROBE_TIMEOUT_MS, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [entry, provider, String(deviceId)], options, (error, stdout) => {
      // A crash on the way out does not matter: the backend process ends the same way, with its results sent.
      const line = stdout.split("\n").find((text) => text.startsWith("{"));
      resolve(
        line === undefined
          ? {
              ...base,
              failure: `probe ended without a word (${error?.message.split("\n")[0] ?? ""})`,
            }
          : { ...base, ...(JSON.parse(line) as ProbeAnswer) },
      );
    });
  });
}
