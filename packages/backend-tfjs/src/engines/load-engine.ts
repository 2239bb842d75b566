// Loads an engine into this process and makes it the current one. Engines are loaded once; TensorFlow.js keeps them.
import { BackendUnavailableError, FastGpuError } from "@fastgpu/core";
import { engineText } from "../session/engine-error.ts";
import { cpuEngine } from "./cpu.ts";
import type { EngineName } from "./engine-name.ts";
import { nodeEngine } from "./node.ts";
import { tfjs } from "./tfjs.ts";
import { wasmEngine } from "./wasm.ts";
import { webgpuEngine } from "./webgpu.ts";

/** Settings of an engine that are fixed when it is loaded. */
export interface EngineSettings {
  /** Threads to compute with, >= 1, where the engine has a say in that. */
  readonly threads?: number;
  readonly memoryLimitBytes?: number;
  /** Node-gpu only: memory is taken as needed and not all at once. Default true. */
  readonly memoryGrowth?: boolean;
}

/** An engine that can compute. */
export interface LoadedEngine {
  readonly name: EngineName;
  /** Product name of the hardware it computes on, where the engine knows it. */
  readonly hardware?: string;
  readonly isSoftware?: boolean;
  readonly driver?: string;
  /** Threads it really computes with, where that can be known. */
  readonly threads?: number;
  readonly limits?: Readonly<Record<string, number>>;
  readonly version: string;
  /** Resolves when the engine has done what it was given; rejects if it has refused some of it. */
  readonly finish: () => Promise<void>;
  /** Throws what the engine has refused since it was asked last, where it says so by the way. */
  readonly check?: () => void;
}

/** Registers an engine with TensorFlow.js under the name that its kernels have. */
export interface EngineModule {
  /** Name of the backend in TensorFlow.js. */
  readonly backendName: string;
  /**
   * Prepares and registers; called once per process.
   *
   * @throws {BackendUnavailableError} with a fix
   */
  readonly load: (settings: EngineSettings) => Promise<Omit<LoadedEngine, "name">>;
}

const modules: { readonly [E in EngineName]: EngineModule } = {
  cpu: cpuEngine,
  wasm: wasmEngine,
  webgpu: webgpuEngine,
  node: nodeEngine("@tensorflow/tfjs-node"),
  "node-gpu": nodeEngine("@tensorflow/tfjs-node-gpu"),
};

const loaded = new Map<EngineName, Promise<LoadedEngine>>();

/**
 * Loads an engine, or gives the one that was loaded before, whose settings then stay.
 *
 * @throws {BackendUnavailableError} with the cause and a fix; also if it was loaded with another number of threads
 */
export function loadEngine(name: EngineName, settings: EngineSettings = {}): Promise<LoadedEngine> {
  const known = loaded.get(name);
  if (known !== undefined) return known.then((engine) => sameThreads(engine, settings));
  const loading = load(name, settings);
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

function sameThreads(engine: LoadedEngine, { threads }: EngineSettings): LoadedEngine {
  if (threads === undefined || threads === engine.threads) return engine;
  throw new BackendUnavailableError(
    `tfjs: engine ${engine.name} must keep its threads within a process, ${engine.threads ?? "unknown"}, got ${threads}`,
    { fix: "open it in another process" },
  );
}

/** Makes a loaded engine the one that kernels run on. */
export async function makeCurrent(name: EngineName): Promise<void> {
  const { backendName } = modules[name];
  if (tfjs.engine().backendName === backendName) return;
  await tfjs.setBackend(backendName);
}

async function load(name: EngineName, settings: EngineSettings): Promise<LoadedEngine> {
  const { backendName, load: prepare } = modules[name];
  try {
    const engine = await prepare(settings);
    const isReady = await tfjs.setBackend(backendName);
    if (!isReady) throw new Error(`backend "${backendName}" does not initialise`);
    return { name, ...engine };
  } catch (error) {
    // What is said already, of the machine or of an option, needs no other words.
    if (error instanceof FastGpuError) throw error;
    throw new BackendUnavailableError(`tfjs: engine ${name} must open, got: ${engineText(error)}`, {
      cause: error,
      fix: "run fastgpu-bench doctor",
    });
  }
}
