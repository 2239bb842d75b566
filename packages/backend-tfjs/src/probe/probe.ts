// Which engines really open on this machine: each is tried in a child process of its own.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { EngineName } from "../engines/engine-name.ts";
import type { LoadedEngine } from "../engines/load-engine.ts";

/** What the child process says. */
export interface ProbeAnswer extends Partial<
  Pick<LoadedEngine, "hardware" | "driver" | "isSoftware" | "threads" | "limits">
> {
  /** Absent if it computes. */
  readonly failure?: string;
  readonly fix?: string;
}

/** What trying an engine showed. */
export interface ProbeResult extends ProbeAnswer {
  readonly engine: EngineName;
}

const PROBE_TIMEOUT_MS = 30_000;

/** Tries an engine; what keeps it from opening is in the result. */
export function probeEngine(engine: EngineName): Promise<ProbeResult> {
  const entry = fileURLToPath(new URL("../../dist/probe/probe-main.js", import.meta.url));
  if (!existsSync(entry)) {
    return Promise.resolve({ engine, failure: `probe needs ${entry}; run npm run build` });
  }
  return new Promise((resolve) => {
    const options = { timeout: PROBE_TIMEOUT_MS, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [entry, engine], options, (error, stdout) => {
      // A crash on the way out does not matter: the backend process ends the same way, with its results sent.
      const line = stdout.split("\n").find((text) => text.startsWith("{"));
      const [reason = ""] = error?.message.split("\n") ?? [];
      resolve(
        line === undefined
          ? { engine, failure: `probe ended without a word (${reason})` }
          : { engine, ...(JSON.parse(line) as ProbeAnswer) },
      );
    });
  });
}
