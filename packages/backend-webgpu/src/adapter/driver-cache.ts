// The driver's own cache of machine code. Dawn for Node has no hook for a cache of pipelines, so between processes machine code
// can live only there; it is keyed by the driver itself, with the version of driver, compiler and processor in the key. Here it
// is put beside FastGPU's caches and bounded, where the user has not said otherwise.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { cacheFolder } from "../cache-folder.ts";

/** Upper bound of what a driver keeps, MiB: some thousand kernels. */
const limitMib = 256;

/** Drivers' variables: folder, and the size in the driver's unit. */
const drivers: readonly { readonly folder: string; readonly size: readonly [string, string] }[] = [
  { folder: "MESA_SHADER_CACHE_DIR", size: ["MESA_SHADER_CACHE_MAX_SIZE", `${limitMib}M`] },
  {
    folder: "__GL_SHADER_DISK_CACHE_PATH",
    size: ["__GL_SHADER_DISK_CACHE_SIZE", `${limitMib * 2 ** 20}`],
  },
];

/**
 * Sets the drivers' variables; to be called before the first of them is loaded. Leaves a driver alone whose folder is set, and
 * all of them where the folder cannot be made or the variables of a thread do not reach native code.
 */
export function placeDriverCache(
  environment: Record<string, string | undefined> = process.env,
  isNativeEnvironment: boolean = isMainThread,
): void {
  if (!isNativeEnvironment) return;
  const folder = cacheFolder("webgpu-driver", environment);
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    // A cache that cannot be is no reason not to run.
    return;
  }
  for (const { folder: variable, size } of drivers) {
    if (environment[variable] !== undefined) continue;
    environment[variable] = folder;
    environment[size[0]] ??= size[1];
  }
}

/** Where Mesa's drivers keep machine code, as far as this process says; undefined if they shall keep none. */
export function mesaCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const disabled = environment["MESA_SHADER_CACHE_DISABLE"];
  if (disabled !== undefined && !/^(0|false|no|n|f)$/i.test(disabled)) return undefined;
  const { MESA_SHADER_CACHE_DIR: given, XDG_CACHE_HOME: caches, HOME: home } = environment;
  return given ?? caches ?? (home === undefined ? undefined : join(home, ".cache"));
}
