// NVIDIA's own tool, which comes with every driver on every platform: clocks, power and throttling as a stream, and the
// processes that compute on a GPU. It needs no native module, which a binding of NVML would.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const tool = "nvidia-smi";
const intervalMs = 500;
/** An answer takes a second at most; a tool that hangs (a GPU that fell off the bus) must not hang the run. */
const answerTimeoutMs = 10_000;

/**
 * The field of the throttle reasons: newer drivers call it clocks_event_reasons, older ones know the other name alone, and
 * the tool ends at once when it does not know a field.
 */
const reasonFields = ["clocks_event_reasons.active", "clocks_throttle_reasons.active"] as const;

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

/**
 * Processes that compute on a GPU now.
 *
 * @returns Undefined without the tool or the GPU, or when the tool does not answer in time.
 */
export async function gpuProcesses(
  gpu: number,
  timeoutMs: number = answerTimeoutMs,
): Promise<readonly GpuProcess[] | undefined> {
  try {
    const query = ["--query-compute-apps=pid,process_name", "--format=csv,noheader"];
    const { stdout } = await run(tool, [`--id=${gpu}`, ...query], {
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      windowsHide: true,
    });
    return parseProcesses(stdout);
  } catch {
    // No driver, no such GPU, no permission, no answer: then nothing is known, which the caller says.
    return undefined;
  }
}

/** Lines as `4711, /usr/bin/python3`; a name that the tool may not see is `[Not Found]` or the like. */
export function parseProcesses(text: string): readonly GpuProcess[] {
  return text.split("\n").flatMap((line) => {
    const [pid = "", ...name] = line.split(",");
    return /^\s*\d+\s*$/.test(pid) ? [{ pid: Number(pid), name: name.join(",").trim() }] : [];
  });
}

/** Follows a GPU until it is stopped. Without the tool or the GPU there are no readings. */
export function followGpu(gpu: number, onReading: (reading: GpuReading) => void): () => void {
  let child: ChildProcess | undefined;
  let isStopped = false;
  const start = ([reasonField, ...others]: readonly string[]): void => {
    if (reasonField === undefined || isStopped) return;
    let readings = 0;
    const fields = `clocks.sm,temperature.gpu,power.draw,${reasonField}`;
    const args = [`--id=${gpu}`, `--query-gpu=${fields}`, `--loop-ms=${intervalMs}`];
    const started = spawnTool([...args, "--format=csv,noheader,nounits"]);
    child = started;
    started?.on("error", () => undefined);
    started?.on("close", (code) => {
      // It said that it does not know the field. An absent tool has a negative code, one that was stopped has none.
      if (readings === 0 && code !== null && code > 0) start(others);
    });
    if (started?.stdout == null) return;
    createInterface({ input: started.stdout }).on("line", (line) => {
      const reading = parseReading(line);
      if (reading === undefined) return;
      readings += 1;
      onReading(reading);
    });
  };
  start(reasonFields);
  return () => {
    isStopped = true;
    child?.kill("SIGKILL");
  };
}

function spawnTool(args: readonly string[]): ChildProcess | undefined {
  try {
    return spawn(tool, args, { stdio: ["ignore", "pipe", "ignore"], windowsHide: true });
  } catch {
    // Out of processes or memory: the trial goes on without readings.
    return undefined;
  }
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
