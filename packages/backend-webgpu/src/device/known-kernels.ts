// Which kernels the driver has compiled in some process on this machine, so that its cache has their machine code: one file
// for each adapter, driver, version of the engine and folder of the driver's cache. A record that is wrong costs time, no more.
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DeviceInfo } from "@fastgpu/core";

/** Kernels that a file names at most, the latest; a driver's cache holds about as many. */
const limit = 4096;

/** See the file's purpose. */
export class KnownKernels {
  private readonly path: string;
  private readonly identity: readonly string[];
  private keys: ReadonlySet<string>;

  private constructor(path: string, identity: readonly string[], keys: ReadonlySet<string>) {
    this.path = path;
    this.identity = identity;
    this.keys = keys;
  }

  /** Reads the record of a device whose driver keeps machine code in `driverFolder`. */
  static async open(
    { name, driver = "", engine }: DeviceInfo,
    driverFolder: string,
    folder: string,
  ): Promise<KnownKernels> {
    const identity = [name, driver, `${engine.name} ${engine.version}`, driverFolder];
    const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex");
    const path = join(folder, `${hash.slice(0, 32)}.json`);
    return new KnownKernels(path, identity, new Set(await readKeys(path)));
  }

  /** Whether the driver has compiled the kernel of this key. */
  has(key: string): boolean {
    return this.keys.has(key);
  }

  /** Notes kernels, beside what other processes have noted meanwhile. A file that cannot be written is given up. */
  async add(keys: readonly string[]): Promise<void> {
    const added = new Set(keys);
    const stored = await readKeys(this.path);
    const all = [...stored.filter((key) => !added.has(key)), ...added].slice(-limit);
    this.keys = new Set(all);
    const unfinished = `${this.path}.${randomUUID()}`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(unfinished, JSON.stringify({ identity: this.identity, kernels: all }));
      await rename(unfinished, this.path);
    } catch {
      // The next process compiles a little longer, which is no failure of this one.
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }
}

async function readKeys(path: string): Promise<readonly string[]> {
  try {
    const content = JSON.parse(await readFile(path, "utf8")) as { kernels?: unknown } | null;
    const kernels = content?.kernels;
    return Array.isArray(kernels) ? kernels.filter((key) => typeof key === "string") : [];
  } catch {
    // A cache that is absent or cut short is an empty one.
    return [];
  }
}
