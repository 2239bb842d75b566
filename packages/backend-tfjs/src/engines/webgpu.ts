// The WebGPU engine on Dawn, whose globals must stand before the engine's module is loaded.
import { BackendUnavailableError } from "@fastgpu/core";
import { registerFusedKernel } from "./fused-kernel.ts";
import type { EngineModule } from "./load-engine.ts";
import { tfjs, tfjsVersion } from "./tfjs.ts";

const fix =
  process.platform === "linux"
    ? "install a Vulkan driver: apt-get install mesa-vulkan-drivers (24 or newer for software rendering)"
    : "install a driver for a GPU that supports WebGPU";

/** See {@link EngineModule}. */
export const webgpuEngine: EngineModule = {
  backendName: "webgpu",
  load: async ({ threads }) => {
    if (threads !== undefined) {
      throw new BackendUnavailableError(
        `tfjs: engine webgpu must leave threads to the driver, got ${threads}`,
        { fix: "leave threads out; LP_NUM_THREADS sets those of lavapipe" },
      );
    }
    const adapter = await provideGlobals();
    await import("@tensorflow/tfjs-backend-webgpu");
    registerFusedKernel("webgpu");
    // Tiny tensors would be computed on the host, in the arithmetic of JavaScript.
    tfjs.env().set("WEBGPU_CPU_FORWARD", false);
    await tfjs.setBackend("webgpu");
    const backend = tfjs.backend() as unknown as WebgpuBackend;
    // A shader or a buffer that WebGPU refuses is an event, and the kernel's result is whatever was in memory.
    let refused: string | undefined;
    backend.device.addEventListener("uncapturederror", ({ error }) => {
      refused ??= error.message;
    });
    const check = (): void => {
      const reason = refused;
      refused = undefined;
      if (reason !== undefined) throw new Error(reason);
    };
    const { info } = adapter;
    const name = [info.description, info.device].find((text) => text !== "") ?? "GPU";
    const isSoftware = info.isFallbackAdapter === true || /llvmpipe|swiftshader/i.test(name);
    return {
      version: tfjsVersion,
      hardware: name,
      driver: info.vendor,
      ...(isSoftware ? { isSoftware: true } : {}),
      limits: { maxBufferBytes: adapter.limits.maxStorageBufferBindingSize },
      finish: async () => {
        if (backend.commandEncoder !== null) {
          backend.endComputePassEncoder();
          backend.submitQueue();
        }
        await backend.device.queue.onSubmittedWorkDone();
        check();
      },
      check,
    };
  },
};

/** What is used of the engine's backend. */
interface WebgpuBackend {
  readonly commandEncoder: unknown;
  readonly device: {
    readonly queue: { onSubmittedWorkDone(): Promise<unknown> };
    addEventListener(
      type: "uncapturederror",
      listener: (event: { readonly error: { readonly message: string } }) => void,
    ): void;
  };
  endComputePassEncoder(): void;
  submitQueue(): void;
}

interface Adapter {
  readonly info: {
    readonly vendor: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly limits: { readonly maxStorageBufferBindingSize: number };
}

interface Gpu {
  requestAdapter(options?: object): Promise<Adapter | null>;
}

/** @throws {BackendUnavailableError} if there is no adapter */
async function provideGlobals(): Promise<Adapter> {
  const { create, globals } = (await import("webgpu")) as unknown as {
    create: (options: string[]) => Gpu;
    globals: object;
  };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const { navigator: given } = globalThis as { navigator?: object };
  const navigator = { ...given, gpu };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter !== null) return adapter;
  throw new BackendUnavailableError("tfjs: engine webgpu must find a GPU, got no adapter", { fix });
}
