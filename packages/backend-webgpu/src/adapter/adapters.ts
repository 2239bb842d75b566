// The adapters of this machine and what each can do. Dawn for Node picks an adapter by its name and lists names only in the
// message of a failure, so that is where they are read from.
import { createRequire } from "node:module";
import type { DeviceInfo, DType } from "@fastgpu/core";
import type { AdapterTraits, SubgroupMatrixShape } from "../kernels/kernel.ts";
import { settingsOf } from "./engine-settings.ts";
import { createGpu } from "./gpu.ts";

/** An adapter as Dawn names it. */
export interface AdapterName {
  readonly backend: string;
  readonly name: string;
}

/** What was found of one adapter. */
export interface FoundAdapter {
  readonly info: DeviceInfo;
  /** Why it cannot be opened although it is there. */
  readonly refusal?: string;
}

/** No adapter has this name, so that asking for it lists those that there are. */
const noName = "fastgpu: list adapters";

/** Version of Dawn for Node. */
export const engine: DeviceInfo["engine"] = {
  name: "webgpu (Dawn for Node)",
  version: (createRequire(import.meta.url)("webgpu/package.json") as { version: string }).version,
};

/** Names of the adapters, in Dawn's order; [] if there is none. */
export async function adapterNames(): Promise<readonly AdapterName[]> {
  try {
    await createGpu(noName).requestAdapter();
  } catch (error) {
    return parseAdapters(error instanceof Error ? error.message : String(error));
  }
  return [];
}

/** Reads ` * backend: 'vulkan', name: 'llvmpipe'` lines. */
export function parseAdapters(message: string): readonly AdapterName[] {
  return [...message.matchAll(/\* backend: '([^']*)', name: '([^\n]*)'/g)].map(
    ([, backend = "", name = ""]) => ({ backend, name }),
  );
}

/** All adapters that have a name of their own; of several with one name only the first can be reached. */
export async function findAdapters(): Promise<readonly FoundAdapter[]> {
  const names = await adapterNames();
  const found: FoundAdapter[] = [];
  const seen = new Map<string, number>();
  for (const { backend, name } of names) {
    // Adapters without compute shaders, and second doors to the same hardware.
    if (backend === "null" || backend.startsWith("opengl")) continue;
    const adapter = await requestAdapter(name);
    if (adapter === undefined) continue;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    const sameNamed = names.filter((other) => other.name === name && other.backend === backend);
    const id = `${found.length}`;
    const info = describe(adapter, name, id);
    found.push(
      sameNamed.length < 2
        ? { info }
        : {
            info,
            refusal: `${sameNamed.length} adapters are named "${name}" and Dawn for Node tells adapters apart by name only; hide all but one (VK_DRIVER_FILES, CUDA_VISIBLE_DEVICES or the driver's own setting)`,
          },
    );
  }
  return found;
}

/** The adapter of a name; undefined if it does not open. */
export async function requestAdapter(
  name: string,
  toggles: readonly string[] = [],
): Promise<GPUAdapter | undefined> {
  try {
    const gpu = createGpu(name, toggles);
    return (await gpu.requestAdapter({ powerPreference: "high-performance" })) ?? undefined;
  } catch {
    // Whatever Dawn says here means the same: not an adapter to use.
    return undefined;
  }
}

function describe(adapter: GPUAdapter, name: string, id: string): DeviceInfo {
  const traits = traitsOf(adapter, name);
  const dtypes: DType[] = ["f32", "i32", "i8", "u8", "bool"];
  if (traits.hasF16) dtypes.push("f16");
  const { description, vendor, architecture } = adapter.info;
  return {
    backend: "webgpu",
    id,
    kind: "gpu",
    name,
    ...(traits.isSoftware ? { isSoftware: true } : {}),
    dtypes,
    limits: {
      maxBufferBytes: traits.maxBufferBytes,
      maxBindingBytes: traits.maxBindingBytes,
      maxBindings: traits.maxBindings,
      maxWorkgroupBytes: traits.maxWorkgroupBytes,
      maxWorkgroupLanes: traits.maxWorkgroupLanes,
    },
    driver: description === "" ? `${vendor} ${architecture}`.trim() : description,
    engine,
    ...settingsOf(traits),
  };
}

/** Names of software rasterisers. */
const softwareNames = /llvmpipe|lavapipe|swiftshader|software|basic render/i;

/** What kernels need to know of an adapter. */
export function traitsOf(adapter: GPUAdapter, name: string): AdapterTraits {
  const { features, limits, info } = adapter;
  return {
    isSoftware: info.isFallbackAdapter || softwareNames.test(name),
    hasF16: features.has("shader-f16"),
    hasSubgroups: features.has("subgroups"),
    subgroupMinSize: info.subgroupMinSize ?? 0,
    subgroupMaxSize: info.subgroupMaxSize ?? 0,
    hasSubgroupIds: createGpu(name).wgslLanguageFeatures.has("subgroup_id"),
    hasPackedDot: createGpu(name).wgslLanguageFeatures.has("packed_4x8_integer_dot_product"),
    subgroupMatrices: subgroupMatricesOf(adapter),
    maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
    maxWorkgroupLanes: limits.maxComputeInvocationsPerWorkgroup,
    maxBindings: limits.maxStorageBuffersPerShaderStage,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
    maxBufferBytes: limits.maxBufferSize,
  };
}

/** Element types of Dawn's `subgroupMatrixConfigs`. */
const components: Readonly<Record<string, DType>> = {
  f32: "f32",
  f16: "f16",
  u8: "u8",
  i8: "i8",
  i32: "i32",
};

interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

function subgroupMatricesOf({ features, info }: GPUAdapter): readonly SubgroupMatrixShape[] {
  if (!features.has("chromium-experimental-subgroup-matrix")) return [];
  const configs = (info as { subgroupMatrixConfigs?: Iterable<MatrixConfig> })
    .subgroupMatrixConfigs;
  return [...(configs ?? [])].flatMap(({ componentType, resultComponentType, M, N, K }) => {
    const [component, result] = [components[componentType], components[resultComponentType]];
    if (component === undefined || result === undefined) return [];
    return [{ component, result, m: M, n: N, k: K }];
  });
}
