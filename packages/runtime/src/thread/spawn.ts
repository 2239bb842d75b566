// Starts a backend process with everything pinned before any engine loads: environment, visible devices, affinity.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is fixed for the life of a backend process. */
export interface ProcessOptions {
  /** For the process title: `fastgpu-backend <label>`. */
  readonly label: string;
  /** Added to the environment, such as CUDA_VISIBLE_DEVICES. */
  readonly env: Readonly<Record<string, string>>;
  /** Logical CPUs that the process may use; Linux only, elsewhere a notice. */
  readonly cpus?: readonly number[];
  /** Resident memory in bytes beyond which the process is ended as out of memory; Linux only, elsewhere a notice. */
  readonly memoryLimitBytes?: number;
  /** Heap limit of V8 in MiB. */
  readonly maxHeapMiB?: number;
}

/** A started process and what could not be pinned. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly notices: readonly string[];
}

const entry = fileURLToPath(new URL("../../dist/process/main.js", import.meta.url));

/** Starts the process; its stream of frames is `child.stdio[3]`. */
export function spawnBackend(options: ProcessOptions): Spawned {
  const notices: string[] = [];
  const command = [
    ...launchers(options, notices),
    process.execPath,
    ...nodeArguments(options),
    entry,
  ];
  const [file = process.execPath, ...args] = command;
  const child = spawn(file, args, {
    // 'overlapped' is 'pipe' everywhere but on Windows, where net.Socket needs an overlapped handle.
    stdio: ["ignore", "ignore", "pipe", "overlapped"],
    env: { ...process.env, ...options.env, FASTGPU_DEVICE: options.label },
    windowsHide: true,
  });
  return { child, notices };
}

function nodeArguments({ maxHeapMiB }: ProcessOptions): string[] {
  return maxHeapMiB === undefined ? [] : [`--max-old-space-size=${maxHeapMiB}`];
}

function launchers({ cpus, memoryLimitBytes }: ProcessOptions, notices: string[]): string[] {
  const linux = process.platform === "linux";
  if (memoryLimitBytes !== undefined && !linux) {
    notices.push(`memory limit: needs Linux, got ${process.platform}; the limit is not enforced`);
  }
  const prefix: string[] = [];
  // With pdeathsig the kernel ends the process when the thread that started it dies, even in the middle of native code.
  const setpriv = linux ? findOnPath("setpriv") : undefined;
  if (setpriv !== undefined) prefix.push(setpriv, "--pdeathsig", "KILL");
  if (cpus !== undefined) {
    const taskset = linux ? findOnPath("taskset") : undefined;
    if (taskset === undefined)
      notices.push("cpu affinity: needs taskset on Linux; the process is not pinned");
    else prefix.push(taskset, "-c", cpus.join(","));
  }
  return prefix;
}

function findOnPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
