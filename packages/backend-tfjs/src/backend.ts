// The backend itself: which engines of TensorFlow.js open on this machine, and how one is opened.
import { cpus, totalmem } from "node:os";
import {
  BackendUnavailableError,
  UsageError,
  type Backend,
  type Device,
  type DeviceInfo,
  type Diagnosis,
  type OpenOptions,
} from "@fastgpu/core";
import { engineNames, isEngineName, type EngineName } from "./engines/engine-name.ts";
import { loadEngine, type EngineSettings, type LoadedEngine } from "./engines/load-engine.ts";
import { tfjsVersion } from "./engines/tfjs.ts";
import { probeEngine, type ProbeResult } from "./probe/probe.ts";
import { TfjsDevice } from "./session/tfjs-device.ts";

/** Engines without a native part, which take one thread of themselves: if they are installed they open. */
const portable: readonly EngineName[] = ["wasm", "cpu"];

/** TensorFlow.js as a backend. */
export const backend: Backend = {
  name: "tfjs",
  devices: async () => ranked((await probeAll()).filter(isOpen).map(describe)),
  // What is asked for by name is only tried when it is opened, which says why it does not.
  find: async (id) => {
    if (isEngineName(id)) return describe(known(id));
    return id === "default"
      ? ranked((await probeAll()).filter(isOpen).map(describe))[0]
      : undefined;
  },
  open,
  diagnose: async () => (await probeAll()).map(diagnose),
};

function probeAll(): Promise<ProbeResult[]> {
  return Promise.all(
    engineNames.map((engine) =>
      portable.includes(engine) ? Promise.resolve(known(engine)) : probeEngine(engine),
    ),
  );
}

/** What can be said of an engine without trying it. */
function known(engine: EngineName): ProbeResult {
  return portable.includes(engine) ? { engine, threads: 1 } : { engine };
}

function isOpen({ failure }: ProbeResult): boolean {
  return failure === undefined;
}

/** Best first. A software rasteriser is no GPU: wasm is several times faster than WebGPU on one. */
function ranked(devices: readonly DeviceInfo[]): DeviceInfo[] {
  const rank = ({ id, isSoftware }: DeviceInfo): number =>
    engineNames.indexOf(id as EngineName) + (isSoftware === true ? 1.5 : 0);
  return [...devices].sort((a, b) => rank(a) - rank(b));
}

async function open(info: DeviceInfo, options: OpenOptions): Promise<Device> {
  const { id } = info;
  if (!isEngineName(id)) {
    throw new BackendUnavailableError(
      `tfjs: device must be one of ${engineNames.join(", ")}, got "${id}"`,
      { fix: "list devices with fastgpu-bench devices --backend tfjs" },
    );
  }
  const engine = await loadEngine(id, settingsOf(options));
  return new TfjsDevice(describe({ engine: id, ...engine }), engine, options.memoryLimitBytes);
}

/** @throws {UsageError} for a setting that no engine has, or a value out of range */
function settingsOf({ threads, memoryLimitBytes, engine = {} }: OpenOptions): EngineSettings {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new UsageError(`tfjs: threads must be an integer >= 1, got ${threads}`);
  }
  const { memoryGrowth, ...rest } = engine;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new UsageError(`tfjs: engine settings are memoryGrowth, got "${unknown}"`);
  }
  if (memoryGrowth !== undefined && typeof memoryGrowth !== "boolean") {
    throw new UsageError(`tfjs: memoryGrowth must be true or false, got ${memoryGrowth}`);
  }
  return {
    ...(threads === undefined ? {} : { threads }),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(memoryGrowth === undefined ? {} : { memoryGrowth }),
  };
}

function describe({
  engine,
  hardware,
  driver,
  isSoftware,
  threads,
  limits,
  version = tfjsVersion,
}: ProbeResult & Partial<Pick<LoadedEngine, "version">>): DeviceInfo {
  const isGpu = engine === "webgpu" || engine === "node-gpu";
  return {
    backend: "tfjs",
    id: engine,
    kind: isGpu ? "gpu" : "cpu",
    name: hardware ?? (isGpu ? "GPU" : (cpus()[0]?.model.trim() ?? "CPU")),
    ...(isSoftware === true ? { isSoftware } : {}),
    ...(driver === undefined || driver === "" ? {} : { driver }),
    dtypes: ["f32", "i32", "bool"],
    ...(isGpu ? {} : { memoryBytes: totalmem() }),
    ...(limits === undefined && threads === undefined
      ? {}
      : { limits: { ...limits, ...(threads === undefined ? {} : { threads }) } }),
    engine: { name: `tfjs-${engine}`, version },
  };
}

function diagnose(result: ProbeResult): Diagnosis {
  const { engine, failure, fix, hardware, isSoftware, threads } = result;
  const subject = `tfjs ${engine}`;
  if (failure === undefined) {
    const many =
      threads === undefined ? "" : threads === 1 ? " on 1 thread" : ` on ${threads} threads`;
    const where = `${many}${hardware === undefined ? "" : `: ${hardware}`}`;
    const detail = isSoftware === true ? `computes, but slowly${where}` : `computes${where}`;
    return { subject, status: "ok", detail: `TensorFlow.js ${tfjsVersion} ${detail}` };
  }
  const isAbsent = /must be installed|must find a GPU/.test(failure);
  return {
    subject,
    status: isAbsent ? "missing" : "broken",
    detail: failure.replace(/^tfjs: /, ""),
    ...(fix === undefined ? {} : { fix }),
  };
}
