// Says what the end of a backend process means: a crash, memory exhausted, or a wanted end.
import { existsSync, readFileSync } from "node:fs";
import type { ProcessEnd } from "../errors.ts";

/** Why a process is gone. */
export type EndCause = "closed" | "crashed" | "out-of-memory" | "timeout" | "cancelled";

const heapExhausted = /JavaScript heap out of memory|Allocation failed|bad_alloc|out of memory/i;

/** Reads a process's end: exhausted heaps abort with their own words, the kernel's OOM killer counts its kills. */
export function classifyEnd(end: ProcessEnd, oomKillsBefore: number): EndCause {
  if (end.exitCode === 0) return "closed";
  if (heapExhausted.test(end.stderrTail)) return "out-of-memory";
  if (end.signal === "SIGKILL" && oomKills() > oomKillsBefore) return "out-of-memory";
  return "crashed";
}

/** OOM kills counted so far in this control group (cgroup v2), 0 where there is no such count. */
export function oomKills(): number {
  const path = "/sys/fs/cgroup/memory.events";
  if (!existsSync(path)) return 0;
  const line = /^oom_kill (\d+)$/m.exec(readFileSync(path, "utf8"));
  return Number(line?.[1] ?? 0);
}

/** Resident memory of a process in bytes; 0 when it is gone or the platform does not tell. */
export function residentBytes(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1] ?? 0);
    return pages * 4096;
  } catch {
    return 0;
  }
}
