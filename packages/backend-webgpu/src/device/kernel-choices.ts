// Sizes of kernels that were measured on this machine: one file for each adapter, driver and version of the engine, as a
// choice says nothing about another. A cache: a file that cannot be read or understood counts as empty.
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, type DeviceInfo } from "@fastgpu/core";
import { cacheFolder, type Environment } from "../cache-folder.ts";
import type { AdapterTraits, Operand, Tile } from "../kernels/kernel.ts";
import { isHalf } from "../kernels/product.ts";
import type { Application } from "../lower/families.ts";

/** Version of the kernels' parameters: with other parameters, choices of earlier versions mean something else. */
const version = 1;

interface ChoiceFile {
  readonly version: number;
  /** For those who read the file. */
  readonly identity: readonly string[];
  readonly choices: Readonly<Record<string, { readonly tile: Tile; readonly durationNs: number }>>;
}

/** Where choices are stored. */
export function choicesFolder(environment: Environment, platform?: string): string {
  return cacheFolder("webgpu-kernels", environment, platform);
}

/**
 * What a choice is stored under: the kernel, its problem, how its operands are stored, and whether they may be multiplied in
 * f16, as what is chosen among more must not take the place of what is chosen among less.
 */
export function choiceKey(
  { family, problem }: Application,
  operands: readonly Operand[],
  { allowsHalfSums = false }: Pick<AdapterTraits, "allowsHalfSums">,
): string {
  const stored = operands.map(({ dtype, alignment }) => `${dtype}/${String(alignment)}`);
  const allowed = allowsHalfSums && isHalf(operands) ? ["f16 sums"] : [];
  return JSON.stringify([family.name, problem, stored, ...allowed]);
}

/** Choices of one adapter, driver and version. */
export class KernelChoices {
  private readonly path: string;
  private readonly identity: readonly string[];
  private choices: ChoiceFile["choices"];

  private constructor(path: string, identity: readonly string[], choices: ChoiceFile["choices"]) {
    this.path = path;
    this.identity = identity;
    this.choices = choices;
  }

  /** Reads what is stored for a device. */
  static async open(info: DeviceInfo, folder: string): Promise<KernelChoices> {
    const identity = [info.name, info.driver ?? "", `${info.engine.name} ${info.engine.version}`];
    const hash = createHash("sha256")
      .update(JSON.stringify([version, identity]))
      .digest("hex");
    const path = join(folder, `${hash.slice(0, 32)}.json`);
    return new KernelChoices(path, identity, await readChoices(path));
  }

  /** The stored sizes; they may be anything, so the caller looks them up among those that the kernel has. */
  get(key: string): Tile | undefined {
    return Object.hasOwn(this.choices, key) ? this.choices[key]?.tile : undefined;
  }

  /** Stores sizes, beside what other processes have stored meanwhile. @throws {DataError} if the file cannot be written */
  async keep(key: string, tile: Tile, durationNs: number): Promise<void> {
    this.choices = { ...(await readChoices(this.path)), [key]: { tile, durationNs } };
    const content: ChoiceFile = { version, identity: this.identity, choices: this.choices };
    const unfinished = `${this.path}.${randomUUID()}`;
    try {
      await mkdir(join(this.path, ".."), { recursive: true });
      await writeFile(unfinished, `${JSON.stringify(content, undefined, 1)}\n`);
      await rename(unfinished, this.path);
    } catch (error) {
      // The reason is the first failure, not that there is nothing to remove.
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw new DataError(
        `kernel choices: the file must be writable, got ${error instanceof Error ? error.message : String(error)}; set FASTGPU_CACHE_DIR`,
        { cause: error },
      );
    }
  }
}

async function readChoices(path: string): Promise<ChoiceFile["choices"]> {
  try {
    const content = JSON.parse(await readFile(path, "utf8")) as Partial<ChoiceFile> | null;
    const choices: unknown = content?.version === version ? content.choices : undefined;
    return isRecord(choices) ? (choices as ChoiceFile["choices"]) : {};
  } catch {
    // A cache that is absent, cut short or somebody else's is an empty one.
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
