// The engine in plain JavaScript: slow, and always there.
import { BackendUnavailableError } from "@fastgpu/core";
import { registerFusedKernel } from "./fused-kernel.ts";
import type { EngineModule } from "./load-engine.ts";
import { tfjsVersion } from "./tfjs.ts";

/** See {@link EngineModule}. */
export const cpuEngine: EngineModule = {
  backendName: "cpu",
  load: async ({ threads = 1 }) => {
    if (threads !== 1) {
      throw new BackendUnavailableError(`tfjs: engine cpu must run on 1 thread, got ${threads}`, {
        fix: "take device wasm or node for several threads",
      });
    }
    await import("@tensorflow/tfjs-backend-cpu");
    registerFusedKernel("cpu");
    return { version: tfjsVersion, threads: 1, finish: () => Promise.resolve() };
  },
};
