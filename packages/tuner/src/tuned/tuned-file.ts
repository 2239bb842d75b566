// The answer of a study as a file that programs pick up: the configuration, what it gains, and the full identity of what
// was tuned and where, because a configuration that is fast elsewhere is a guess here.
import { DataError } from "@fastgpu/core";

/** Name and version of this format. */
export const tunedSchema = "fastgpu.tuned/1";

/** What was tuned and where, fact by fact; texts, so that a difference can be shown. */
export interface TunedIdentity {
  /** Lower-case hex SHA-256 of `modelText`; absent for a model file or a single operation. */
  readonly model?: string;
  readonly suite: string;
  readonly suiteHash: string;
  /** `name:kind`. */
  readonly workload: string;
  /** The machine: platform, processor, memory, Node. */
  readonly host: Readonly<Record<string, string>>;
  /** The device: backend, id, name, driver, engine with its version. */
  readonly device: Readonly<Record<string, string>>;
}

/** Choices as trials and `compile` take them; absent = the engine's own. */
export interface TunedConfiguration {
  readonly backend: string;
  readonly device: string;
  readonly precision: string;
  readonly batchSize: number;
  readonly threads?: number;
  readonly stepsPerRun?: number | "auto";
  readonly engine?: Readonly<Record<string, string | number | boolean>>;
  readonly optimizer?: Readonly<Record<string, unknown>> & { readonly name: string };
}

/** The file. */
export interface TunedFile {
  readonly schema: typeof tunedSchema;
  /** ISO 8601 instant in UTC. */
  readonly createdAt: string;
  readonly fastgpu: string;
  readonly study: string;
  readonly identity: TunedIdentity;
  readonly configuration: TunedConfiguration;
  /** Against the default configuration; absent if it was not proven. */
  readonly proof?: {
    readonly rounds: number;
    readonly confidence: number;
    readonly gains: readonly {
      readonly metric: string;
      readonly estimate: number;
      readonly low?: number;
      readonly high?: number;
    }[];
  };
}

/**
 * Reads the text of a file.
 *
 * @param where - its name, for messages
 * @throws {DataError} if it is no such file
 */
export function parseTuned(text: string, where: string): TunedFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DataError(`${where}: must be JSON, got ${error.message}`);
  }
  const file = recordAt(value, where, "file");
  if (file["schema"] !== tunedSchema) {
    throw new DataError(`${where}: schema must be ${tunedSchema}, got ${shown(file["schema"])}`);
  }
  const identity = recordAt(file["identity"], where, "identity");
  const configuration = recordAt(file["configuration"], where, "configuration");
  for (const part of ["host", "device"]) recordAt(identity[part], where, `identity.${part}`);
  for (const name of ["backend", "device", "precision"]) {
    if (typeof configuration[name] === "string") continue;
    const got = shown(configuration[name]);
    throw new DataError(`${where}: configuration.${name} must be a text, got ${got}`);
  }
  const { batchSize, threads = 1 } = configuration;
  for (const [name, count] of Object.entries({ batchSize, threads })) {
    if (Number.isSafeInteger(count) && Number(count) >= 1) continue;
    throw new DataError(
      `${where}: configuration.${name} must be a whole number of at least 1, got ${shown(count)}`,
    );
  }
  if (configuration["engine"] !== undefined) {
    recordAt(configuration["engine"], where, "configuration.engine");
  }
  return value as TunedFile;
}

/** Facts that differ, as `engine: onnxruntime-node 1.29.0 there, 1.30.0 here`; empty if it is all the same. */
export function differences(
  there: Readonly<Record<string, string>>,
  here: Readonly<Record<string, string>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(there), ...Object.keys(here)])];
  return names
    .filter((name) => there[name] !== here[name])
    .map((name) => `${name} ${there[name] ?? "none"} there, ${here[name] ?? "none"} here`);
}

function recordAt(value: unknown, where: string, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new DataError(`${where}: ${what} must be an object, got ${shown(value)}`);
}

function shown(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? "none";
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
