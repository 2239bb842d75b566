// The engine in plain JavaScript: slow, and always there.
import { registerFusedKernel } from "./fused-kernel.ts";
import type { EngineModule } from "./load-engine.ts";
import { tfjsVersion } from "./tfjs.ts";

/** See {@link EngineModule}. */
export const cpuEngine: EngineModule = {
  backendName: "cpu",
  load: async () => {
    await import("@tensorflow/tfjs-backend-cpu");
    registerFusedKernel("cpu");
    return { version: tfjsVersion, threads: 1, finish: () => Promise.resolve() };
  },
};
