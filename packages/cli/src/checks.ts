// What `doctor` looks at besides the backends: the runtime, the machine, the tools that pin processes, a GPU driver.
import { execFile } from "node:child_process";
import { availableParallelism, cpus, freemem, release, totalmem } from "node:os";
import { promisify } from "node:util";
import type { Diagnosis } from "@fastgpu/core";
import { formatMemory } from "./format.ts";
import { ownManifest } from "./version.ts";

const run = promisify(execFile);
const toolTimeoutMs = 10_000;

/** Checks of the machine, in the order in which they are shown. */
export async function checkMachine(): Promise<readonly Diagnosis[]> {
  return [
    { subject: "fastgpu-bench", status: "ok", detail: ownManifest().version },
    checkNode(process.versions.node),
    {
      subject: "machine",
      status: "ok",
      detail: `${process.platform} ${release()} ${process.arch}, ${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, ${formatMemory(totalmem())} memory (${formatMemory(freemem())} free)`,
    },
    ...(process.platform === "linux" ? await Promise.all(linuxTools.map(checkTool)) : []),
    await checkNvidia(),
  ];
}

/** Node must be 20.19 or newer: the first 20 that loads ES modules everywhere. */
export function checkNode(version: string): Diagnosis {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  return isEnough
    ? { subject: "node", status: "ok", detail: version }
    : {
        subject: "node",
        status: "broken",
        detail: `must be 20.19 or newer, got ${version}`,
        fix: "install Node 22 or newer from https://nodejs.org",
      };
}

interface Tool {
  readonly name: string;
  readonly use: string;
}

const linuxTools: readonly Tool[] = [
  { name: "setpriv", use: "ends backend processes when their parent is killed" },
  { name: "taskset", use: "pins backend processes to cores" },
];

async function checkTool({ name, use }: Tool): Promise<Diagnosis> {
  try {
    await run(name, ["--version"], { timeout: toolTimeoutMs });
    return { subject: name, status: "ok", detail: use };
  } catch {
    // Absent or unusable: either way processes are started without it, and the run says so.
    return {
      subject: name,
      status: "missing",
      detail: `${use}; runs work without it`,
      fix: "install the package util-linux",
    };
  }
}

async function checkNvidia(): Promise<Diagnosis> {
  const query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"];
  try {
    const { stdout } = await run("nvidia-smi", query, { timeout: toolTimeoutMs });
    return { subject: "nvidia driver", status: "ok", detail: stdout.trim().split("\n").join("; ") };
  } catch {
    return {
      subject: "nvidia driver",
      status: "missing",
      detail: "nvidia-smi does not answer; only needed for an NVIDIA GPU",
      fix: "install the NVIDIA driver from https://www.nvidia.com/drivers",
    };
  }
}
