// Opens the device of an adapter with everything that kernels may use, at the limits of the adapter.
import { BackendUnavailableError, UsageError, type OpenOptions } from "@fastgpu/core";
import type { AdapterTraits } from "../kernels/kernel.ts";
import { requestAdapter, traitsOf } from "./adapters.ts";

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

/** Engine settings and the Dawn toggles they stand for. */
const settings: Readonly<Record<string, readonly string[]>> = {
  skipValidation: ["skip_validation"],
  disableRobustness: ["disable_robustness"],
};

/** An opened device and what its adapter can do. */
export interface OpenedAdapter {
  readonly gpu: GPUDevice;
  readonly traits: AdapterTraits;
}

/** Dawn toggles of the engine settings. */
export function togglesOf({ engine = {}, threads }: OpenOptions): readonly string[] {
  if (threads !== undefined) {
    throw new UsageError(
      `webgpu: threads must be left to the driver, got ${threads}; set LP_NUM_THREADS for lavapipe`,
    );
  }
  return Object.entries(engine).flatMap(([name, value]) => {
    const toggles = settings[name];
    if (toggles === undefined || typeof value !== "boolean") {
      throw new UsageError(
        `webgpu: engine settings are ${Object.keys(settings).join(" and ")}, true or false, got "${name}": ${value}`,
      );
    }
    return value ? toggles : [];
  });
}

/**
 * Opens an adapter.
 *
 * @throws {BackendUnavailableError} if it is gone or refuses
 * @throws {UsageError} for an engine setting that there is not
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
  const features = wantedFeatures.filter((feature) =>
    adapter.features.has(feature as GPUFeatureName),
  );
  const limits = Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]]));
  try {
    const gpu = await adapter.requestDevice({
      requiredFeatures: features as GPUFeatureName[],
      requiredLimits: limits,
    });
    return { gpu, traits: traitsOf(adapter, name) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new BackendUnavailableError(
      `webgpu: adapter "${name}" must open, got: ${text.replace(/\s+/g, " ")}`,
      { fix: "update the driver, or list devices with fastgpu-bench devices", cause: error },
    );
  }
}
