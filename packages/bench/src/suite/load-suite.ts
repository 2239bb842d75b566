// Suite file -> suite: found by name or path, parsed, checked against the schema, filled in, checked for sense.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { SuiteError } from "@fastgpu/core";
import { checkSchema } from "./check-schema.ts";
import { checkSense } from "./check-sense.ts";
import { didYouMean } from "./closest.ts";
import { fillData, fillModels, fillWorkload } from "./defaults.ts";
import { parseLocatedJson, type LocatedJson } from "./located-json.ts";
import type { TuneFile } from "./suite-file.ts";
import type { Suite, Tune } from "./suite.ts";

/** Suites that FastGPU ships. */
export const shippedSuites: readonly string[] = [
  "quickstart",
  "gemm",
  "cnn",
  "onnx-model",
  "silero-vad",
  "tfjs-model",
  "blazeface",
  "noise",
  "serving",
  "engines",
];

/** No suite comes close to it; a larger file is not one. */
const maxSizeBytes = 16 * 2 ** 20;

/**
 * Loads a suite.
 *
 * @param nameOrPath - a name of `shippedSuites`, or the path of a JSON file
 * @throws {SuiteError} one line: the file with line and column, the rule, what was given
 */
export async function loadSuite(nameOrPath: string): Promise<Suite> {
  const isShipped = shippedSuites.includes(nameOrPath);
  const path = isShipped ? shippedPath(nameOrPath) : resolve(nameOrPath);
  const shown = isShipped ? `${nameOrPath}.json` : nameOrPath;
  const text = await readSuite(path, nameOrPath);
  const suite = parseSuite(text, shown, dirname(path));
  return isShipped ? suite : { ...suite, path };
}

/**
 * A suite from its text.
 *
 * @param file - name of the file for messages
 * @param folder - what relative paths start from
 * @throws {SuiteError} as `loadSuite`
 */
export function parseSuite(text: string, file: string, folder: string): Suite {
  const json = parseLocatedJson(text, file);
  const written = checkSchema(json);
  const workloads = written.workloads.map((workload, i) =>
    fillWorkload(workload, written, folder, json.at(["workloads", i])),
  );
  const filled = {
    name: written.name,
    description: written.description ?? "",
    seed: written.seed ?? 0,
    data: fillData(written, folder),
    models: fillModels(written),
    workloads,
  };
  checkSense(filled, json);
  const tune = written.tune === undefined ? {} : { tune: placed(written.tune, json) };
  return { ...filled, hash: hashOf(filled), ...tune };
}

function placed(tune: TuneFile, json: LocatedJson): Tune {
  const lists = ["objectives", "constraints", "rules"] as const;
  const paths = [
    ["workload"],
    ["strategy"],
    ...Object.keys(tune.parameters ?? {}).map((name) => ["parameters", name]),
    ...lists.flatMap((name) => (tune[name] ?? []).map((_, i) => [name, i])),
  ];
  const places = paths.map((path) => [path.join("."), json.at(["tune", ...path])]);
  return { ...tune, places: Object.fromEntries(places) as Tune["places"] };
}

function shippedPath(name: string): string {
  return createRequire(import.meta.url).resolve(`@fastgpu/suites/${name}.json`);
}

async function readSuite(path: string, given: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxSizeBytes) {
      throw new SuiteError(`${given}: a suite must be at most ${maxSizeBytes} bytes, got ${size}`);
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof SuiteError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EISDIR" && code !== "EACCES" && code !== "ENOTDIR")
      throw error;
    const hint = didYouMean(basename(given, ".json"), shippedSuites);
    const reason =
      code === "EISDIR" ? "a folder" : code === "EACCES" ? "no permission" : "no such file";
    throw new SuiteError(
      `suite "${given}": must be one of ${shippedSuites.join(", ")} or the path of a suite file, got ${reason}${hint}`,
      { cause: error },
    );
  }
}

/** Places in the file and margins change nothing of the work, so they are not part of the hash. */
function hashOf(suite: Omit<Suite, "hash">): string {
  const workloads = suite.workloads.map((workload) => ({ ...workload, compare: undefined }));
  const text = JSON.stringify({ ...suite, workloads }, (key, value: unknown) => {
    if (key === "where" || key === "description") return undefined;
    return isPlainObject(value) ? Object.fromEntries(Object.entries(value).sort(byKey)) : value;
  });
  return createHash("sha256").update(text).digest("hex");
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
