// NVIDIA's own tool, which comes with every driver on every platform: clocks, power and throttling as a stream, and the
// processes that compute on a GPU. It needs no native module, which a binding of NVML would.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const tool = "nvidia-smi";
const fields = "clocks.sm,temperature.gpu,power.draw,clocks_throttle_reasons.active";
const intervalMs = 500;

/** A process that computes on a GPU. */
export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
}

/** What one line of the stream says. */
export interface GpuReading {
  readonly clockMhz?: number;
  readonly temperatureCelsius?: number;
  readonly watts?: number;
  readonly throttledBy: readonly string[];
}

/**
 * Reasons that slow a GPU down against its will, by bit of the tool's mask. A power cap by software (0x4) is how
 * data-centre GPUs run heavy products at all; it shows in the clock.
 */
const reasons: readonly (readonly [bit: number, name: string])[] = [
  [0x08, "hw-slowdown"],
  [0x20, "sw-thermal-slowdown"],
  [0x40, "hw-thermal-slowdown"],
  [0x80, "hw-power-brake"],
];

/** Processes that compute on a GPU now; undefined without the tool or the GPU. */
export async function gpuProcesses(gpu: number): Promise<readonly GpuProcess[] | undefined> {
  try {
    const query = ["--query-compute-apps=pid,process_name", "--format=csv,noheader"];
    const { stdout } = await run(tool, [`--id=${gpu}`, ...query], {
      timeout: 10_000,
      windowsHide: true,
    });
    return stdout.split("\n").flatMap((line) => {
      const [pid = "", ...name] = line.split(",");
      return /^\s*\d+\s*$/.test(pid) ? [{ pid: Number(pid), name: name.join(",").trim() }] : [];
    });
  } catch {
    // No driver, no such GPU, or no permission: then nothing is known, which the caller says.
    return undefined;
  }
}

/** Follows a GPU until it is stopped. */
export function followGpu(gpu: number, onReading: (reading: GpuReading) => void): () => void {
  let child: ChildProcess;
  try {
    const query = [`--query-gpu=${fields}`, "--format=csv,noheader,nounits"];
    child = spawn(tool, [`--id=${gpu}`, ...query, `--loop-ms=${intervalMs}`], {
      stdio: ["ignore", "pipe", "ignore"],
      windowsHide: true,
    });
  } catch {
    return () => undefined;
  }
  // Without the tool there are no readings.
  child.on("error", () => undefined);
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const reading = parseReading(line);
      if (reading !== undefined) onReading(reading);
    });
  }
  return () => {
    child.kill();
  };
}

/** A line as `1980, 61, 310.52, 0x0000000000000004`; values the GPU does not tell are `[N/A]`. */
export function parseReading(line: string): GpuReading | undefined {
  const cells = line.split(",").map((cell) => cell.trim());
  if (cells.length !== 4) return undefined;
  const [clockMhz, temperatureCelsius, watts, mask] = cells.map((cell) =>
    cell === "" || Number.isNaN(Number(cell)) ? undefined : Number(cell),
  );
  if ([clockMhz, temperatureCelsius, watts, mask].every((value) => value === undefined)) {
    return undefined;
  }
  const throttledBy = reasons.filter(([bit]) => ((mask ?? 0) & bit) !== 0).map(([, name]) => name);
  return {
    ...(clockMhz === undefined ? {} : { clockMhz }),
    ...(temperatureCelsius === undefined ? {} : { temperatureCelsius }),
    ...(watts === undefined ? {} : { watts }),
    throttledBy,
  };
}
