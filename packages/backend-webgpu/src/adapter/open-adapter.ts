// Opens the device of an adapter with everything that kernels may use, at the limits of the adapter.
import { BackendUnavailableError, type OpenOptions } from "@fastgpu/core";
import type { AdapterTraits } from "../kernels/kernel.ts";
import type { KernelWish } from "../lower/kernel-wish.ts";
import { requestAdapter, traitsOf } from "./adapters.ts";
import { allowedTraits, kernelWishOf, togglesOf } from "./engine-settings.ts";

const wantedFeatures = [
  "shader-f16",
  "subgroups",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
];

const wantedLimits = [
  "maxStorageBuffersPerShaderStage",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/** An opened device and what its adapter can do. */
export interface OpenedAdapter {
  readonly gpu: GPUDevice;
  readonly traits: AdapterTraits;
  /** What the engine settings wish of its kernels. */
  readonly wish: KernelWish;
}

/**
 * Opens an adapter.
 *
 * @throws {BackendUnavailableError} if it is gone or refuses
 * @throws {UsageError} for an engine setting that there is not, or that cannot be what it is
 */
export async function openAdapter(name: string, options: OpenOptions): Promise<OpenedAdapter> {
  const adapter = await requestAdapter(name, togglesOf(options));
  if (adapter === undefined) {
    throw new BackendUnavailableError(
      `webgpu: adapter "${name}" must open, got none of that name`,
      {
        fix: "list devices with fastgpu-bench devices",
      },
    );
  }
  const traits = allowedTraits(options, traitsOf(adapter, name));
  const wish = kernelWishOf(options, traits);
  const features = wantedFeatures.filter((feature) =>
    adapter.features.has(feature as GPUFeatureName),
  );
  const limits = Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]]));
  try {
    const gpu = await adapter.requestDevice({
      requiredFeatures: features as GPUFeatureName[],
      requiredLimits: limits,
    });
    return { gpu, traits, wish };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new BackendUnavailableError(
      `webgpu: adapter "${name}" must open, got: ${text.replace(/\s+/g, " ")}`,
      { fix: "update the driver, or list devices with fastgpu-bench devices", cause: error },
    );
  }
}
