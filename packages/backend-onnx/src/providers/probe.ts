// Which execution providers really open on this machine: each is tried in a child process of its own.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DeviceInfo } from "@fastgpu/core";
import { listSupportedBackends } from "onnxruntime-node";
import { engine } from "../cpu-device.ts";

/** What trying a provider showed. */
export interface ProbeResult {
  readonly provider: string;
  readonly deviceId: number;
  /** Absent if it computes. */
  readonly failure?: string;
}

/** Accelerators this backend knows how to use, if the engine was built with them. */
export const acceleratorNames: readonly string[] = ["cuda", "webgpu", "dml", "coreml"];

const PROBE_TIMEOUT_MS = 20_000;

/** Tries every accelerator of this build of the engine. */
export async function probeAccelerators(): Promise<ProbeResult[]> {
  const built = new Set(listSupportedBackends().map(({ name }) => name));
  const names = acceleratorNames.filter((name) => built.has(name));
  return Promise.all(names.map((name) => probe(name, 0)));
}

/** Describes a provider that opened. */
export function acceleratorDevice({ provider, deviceId }: ProbeResult): DeviceInfo {
  return {
    backend: "onnx",
    id: provider === "cuda" || provider === "dml" ? `${provider}:${deviceId}` : provider,
    kind: provider === "coreml" ? "npu" : "gpu",
    name: `ONNX Runtime ${provider}`,
    dtypes: ["f32", "f16", "i32", "i8", "u8", "bool"],
    engine,
  };
}

function probe(provider: string, deviceId: number): Promise<ProbeResult> {
  const entry = fileURLToPath(new URL("../../dist/providers/probe-main.js", import.meta.url));
  const base = { provider, deviceId };
  if (!existsSync(entry)) {
    return Promise.resolve({ ...base, failure: `probe needs ${entry}; run npm run build` });
  }
  return new Promise((resolve) => {
    const options = { timeout: PROBE_TIMEOUT_MS, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [entry, provider, String(deviceId)], options, (error, stdout) => {
      if (stdout === "ok") {
        // A crash on the way out does not matter: the backend process ends the same way, with its results sent.
        resolve(base);
        return;
      }
      const reason =
        stdout === "" ? `probe ended without a word (${error?.message ?? ""})` : stdout;
      resolve({ ...base, failure: withoutSource(reason.split("\n")[0] ?? reason) });
    });
  });
}

/** The engine's words without the place in its own source and the condition that stood there. */
function withoutSource(reason: string): string {
  return reason.replace(/^\S+\.(?:cc|h):\d+ .*? (?:was false|failed)\. (?=\S)/, "").trim();
}
