// The door to Dawn: one instance per set of options, and the globals its API needs. Nothing else imports `webgpu`.
import { create, globals } from "webgpu";
import { placeDriverCache } from "./driver-cache.ts";

/** Values of GPUBufferUsage; Dawn for Node does not define the global unless asked to. */
export const usage = {
  mapRead: 0x0001,
  mapWrite: 0x0002,
  copySource: 0x0004,
  copyTarget: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
  queryResolve: 0x0200,
} as const;

/** GPUMapMode.READ */
export const mapRead = 1;

/** GPUMapMode.WRITE */
export const mapWrite = 2;

/** Dawn's toggles that are always on: tensor cores are behind this one. */
const toggles: readonly string[] = ["allow_unsafe_apis"];

/** Dawn rounds timestamps to 65,536 ns, against attacks that a process of its own need not fear. */
const toggledOff: readonly string[] = ["timestamp_quantization"];

/** Kept for good: with the GPU object Dawn's instance goes, and the process with whatever still uses it. */
const instances = new Map<string, GPU>();

/**
 * A GPU object whose adapter is the one of this name, or the first.
 *
 * @param extra - further Dawn toggles, such as `skip_validation`
 */
export function createGpu(adapterName: string | undefined, extra: readonly string[] = []): GPU {
  const key = JSON.stringify([adapterName, extra]);
  const known = instances.get(key);
  if (known !== undefined) return known;
  placeDriverCache();
  // Promises of the API resolve through these classes.
  Object.assign(globalThis, globals);
  const options = [
    `enable-dawn-features=${[...toggles, ...extra].join(",")}`,
    `disable-dawn-features=${toggledOff.join(",")}`,
  ];
  if (adapterName !== undefined) options.push(`adapter=${adapterName}`);
  const made = create(options);
  instances.set(key, made);
  return made;
}
