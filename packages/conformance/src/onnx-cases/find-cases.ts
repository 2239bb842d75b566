// Finds official ONNX backend cases in a folder: `<case>/model.onnx` with `test_data_set_<n>/{input,output}_<i>.pb`, and
// models with one stored output, `<name>.onnx` with `<name>_output_0.pb`, at any depth.
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { DataError } from "@fastgpu/core";

/** Files of one run of a model, in the order of its inputs and outputs. */
export interface DataSet {
  /** Absent: inputs are made as the official runner makes them, see `rampInput`. */
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
}

/** One case. */
export interface OnnxCase {
  /** Path below the folder, with slashes: `node/test_abs`. */
  readonly name: string;
  readonly model: string;
  readonly dataSets: readonly DataSet[];
}

/**
 * The cases of a folder, sorted by name.
 *
 * @throws {DataError} if the folder cannot be read or holds no case
 */
export async function findOnnxCases(folder: string): Promise<readonly OnnxCase[]> {
  const found: OnnxCase[] = [];
  try {
    await collect(folder, "", found);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${folder}: must be a folder that can be read, got: ${reason}`, {
      cause: error,
    });
  }
  if (found.length === 0) {
    throw new DataError(
      `${folder}: must hold ONNX cases (<case>/model.onnx with test_data_set_*), got none`,
    );
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function collect(folder: string, prefix: string, found: OnnxCase[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map(({ name }) => name);
  if (names.includes("model.onnx")) {
    const sets = names.filter((name) => name.startsWith("test_data_set_")).sort();
    const dataSets = await Promise.all(sets.map((name) => dataSetOf(join(folder, name))));
    const model = join(folder, "model.onnx");
    const name = prefix === "" ? basename(folder) : prefix;
    if (dataSets.length > 0) found.push({ name, model, dataSets });
    return;
  }
  const within = (name: string): string => (prefix === "" ? name : `${prefix}/${name}`);
  for (const name of names) {
    const stem = name.endsWith(".onnx") ? name.slice(0, -".onnx".length) : undefined;
    const output = `${stem ?? ""}_output_0.pb`;
    if (stem === undefined || !names.includes(output)) continue;
    const dataSets = [{ outputs: [join(folder, output)] }];
    found.push({ name: within(stem), model: join(folder, name), dataSets });
  }
  for (const entry of entries) {
    if (entry.isDirectory()) await collect(join(folder, entry.name), within(entry.name), found);
  }
}

async function dataSetOf(folder: string): Promise<DataSet> {
  const names = await readdir(folder);
  const files = (role: string): string[] =>
    names
      .flatMap((name) => {
        const match = new RegExp(`^${role}_(\\d+)\\.pb$`).exec(name);
        return match === null ? [] : [{ name, position: Number(match[1]) }];
      })
      .sort((a, b) => a.position - b.position)
      .map(({ name }) => join(folder, name));
  return { inputs: files("input"), outputs: files("output") };
}
