// The WebAssembly engine, with XNNPACK inside.
import { FastGpuError } from "@fastgpu/core";
import { registerFusedKernel } from "./fused-kernel.ts";
import type { EngineModule } from "./load-engine.ts";
import { tfjs, tfjsVersion } from "./tfjs.ts";
import { checkThreads, startThreads } from "./wasm-threads.ts";

/** See {@link EngineModule}. */
export const wasmEngine: EngineModule = {
  backendName: "wasm",
  load: async ({ threads = 1 }) => {
    checkThreads(threads);
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    // One unless asked for more: small networks lose to the waiting, see docs/measurements/tfjs-engines.md.
    if (threads > 1) await startThreads(wasm, threads);
    else await tfjs.setBackend("wasm");
    guardMemory();
    registerFusedKernel("wasm");
    return {
      version: tfjsVersion,
      threads: wasm.getThreadsCount(),
      finish: () => Promise.resolve(),
    };
  },
};
interface WasmBackend {
  readonly wasm: { _malloc: (bytes: number) => number };
}

/** Where the engine's heap is exhausted its allocator gives 0, and kernels would write there. */
function guardMemory(): void {
  const { wasm } = tfjs.backend() as unknown as WasmBackend;
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const place = allocate(bytes);
    if (place !== 0 || bytes === 0) return place;
    throw new FastGpuError(
      "OUT_OF_MEMORY",
      `tfjs wasm: tensors must fit the engine's heap, got no room for ${bytes} bytes`,
    );
  };
}
