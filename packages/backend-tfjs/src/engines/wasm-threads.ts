// Threads of the WebAssembly engine in Node. TensorFlow.js switches them off there by a hard-wired flag, since its loader
// makes them from object URLs, which Node's threads do not take. Here the engine's own threaded build is started from its
// files, with a thread entry that Node runs (wasm-worker.ts), and given to TensorFlow.js as the backend "wasm".
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { BackendUnavailableError, UsageError } from "@fastgpu/core";
import type * as wasmPackage from "@tensorflow/tfjs-backend-wasm";
import { tfjs } from "./tfjs.ts";
import { THREADED_BINARY, THREADED_MODULE } from "./wasm-files.ts";

/** What is used of the global; the types of Node leave it to those of a browser. */
declare const WebAssembly: {
  readonly Instance: new (module: object, imports: Imports) => object;
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<object>;
};

type WasmPackage = typeof wasmPackage;

/** Most threads the engine's pool has, whatever the machine: a constant in its native code. */
export const MAX_THREADS = 4;

/** The threads of the loader's pool. */
interface Pool {
  readonly runningWorkers: readonly Worker[];
  unusedWorkers: Worker[];
}

/** What of the loader's module is used. */
interface ThreadedModule {
  readonly cwrap: (name: string, result: string | null, operands: readonly string[]) => unknown;
  readonly PThread: Pool;
  tfjs?: Readonly<Record<string, unknown>>;
}

type Imports = Record<string, Record<string, unknown>>;

/** What the loader is given; it turns this very object into its module. */
interface Settings extends Partial<ThreadedModule> {
  readonly locateFile: (name: string) => string;
  readonly mainScriptUrlOrBlob: string;
  readonly instantiateWasm: (
    imports: Imports,
    receive: (instance: object, module: object) => void,
  ) => object;
}

type Factory = (settings: Settings) => Promise<ThreadedModule>;

/**
 * Checks a wish for threads.
 *
 * @throws {UsageError} if it is for more than the engine's pool has
 * @throws {BackendUnavailableError} if it is for several and this installation has one
 */
export function checkThreads(threads: number): void {
  if (threads > MAX_THREADS) {
    throw new UsageError(`tfjs wasm: threads must be 1 to ${MAX_THREADS}, got ${threads}`);
  }
  const reason = threads === 1 ? undefined : whyOneThread();
  if (reason !== undefined) throw new BackendUnavailableError(...reason(threads));
}

/**
 * Makes the threaded build the backend "wasm" of TensorFlow.js.
 *
 * @param wasm - the engine's package, loaded
 * @param threads - checked by {@link checkThreads}, >= 2
 * @throws {BackendUnavailableError} if the pool does not start with that many
 */
export async function startThreads(wasm: WasmPackage, threads: number): Promise<void> {
  const module = await threadedModule(threads);
  wasm.setThreadsCount(threads);
  tfjs.removeBackend("wasm");
  tfjs.registerBackend("wasm", () => {
    const backend = new wasm.BackendWasm(module as never);
    // The loader keeps the process alive for threads that run.
    for (const worker of module.PThread.runningWorkers) worker.unref();
    return backend;
  });
  await tfjs.setBackend("wasm");
  const started = wasm.getThreadsCount();
  if (started === threads) return;
  throw new BackendUnavailableError(
    `tfjs wasm: engine must start ${threads} threads, got ${started}`,
    { fix: "ask for fewer threads" },
  );
}

type Refusal = (threads: number) => readonly [string, { readonly fix: string }];

/** Why this installation computes on one thread only; undefined if it does not. */
function whyOneThread(): Refusal | undefined {
  // The smallest module with an instruction of 128 bits: the threaded build has no other form.
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
  const body = [10, 8, 1, 6, 0, 65, 0, 253, 15, 11];
  if (!WebAssembly.validate(Uint8Array.from([...simd, ...body]))) {
    return (threads) => [
      `tfjs wasm: threads must be 1 without SIMD, got ${threads}`,
      { fix: "take a processor or a build of Node with SIMD" },
    ];
  }
  if (existsSync(workerEntry())) return undefined;
  return (threads) => [
    `tfjs wasm: threads must be 1 without ${workerEntry()}, got ${threads}`,
    { fix: "npm run build" },
  ];
}

function workerEntry(): string {
  return fileURLToPath(new URL("../../dist/engines/wasm-worker.js", import.meta.url));
}

async function threadedModule(threads: number): Promise<ThreadedModule> {
  const require = createRequire(import.meta.url);
  const script = require.resolve(THREADED_MODULE);
  const binary = await WebAssembly.compile(await readFile(require.resolve(THREADED_BINARY)));
  const create = require(script) as Factory;
  const settings: Settings = {
    locateFile: (name) => {
      if (!name.endsWith(".worker.js")) return join(dirname(script), name);
      globals.Worker = EngineThread;
      return workerEntry();
    },
    mainScriptUrlOrBlob: script,
    instantiateWasm: (imports, receive) => {
      // The loader has just made eight threads, whatever is asked for; the caller is one, too.
      const { PThread: pool } = settings;
      for (const surplus of pool?.unusedWorkers.splice(threads - 1) ?? []) {
        void surplus.terminate();
      }
      // The pool takes half of the cores it is told of; who asks for threads means threads.
      const env = { ...imports["env"], emscripten_num_logical_cores: () => 2 * threads };
      receive(new WebAssembly.Instance(binary, { ...imports, env }), binary);
      return {};
    },
  };
  const before = globals.Worker;
  const module = await create(settings).finally(() => {
    // The loader sets the global and reads it back.
    if (before === undefined) delete globals.Worker;
    else globals.Worker = before;
  });
  // The names under which the package's own loader offers these to its backend.
  module.tfjs = {
    init: module.cwrap("init", null, []),
    initWithThreadsCount: module.cwrap("init_with_threads_count", null, ["number"]),
    getThreadsCount: module.cwrap("get_threads_count", "number", []),
    registerTensor: module.cwrap("register_tensor", null, ["number", "number", "number"]),
    disposeData: module.cwrap("dispose_data", null, ["number"]),
    dispose: module.cwrap("dispose", null, []),
  };
  return module;
}

const globals = globalThis as { Worker?: unknown };

/** A thread without the flags of the caller's process: conditions of a test runner and loaders are not the thread's. */
class EngineThread extends Worker {
  constructor(entry: string) {
    super(entry, { execArgv: [] });
  }
}
