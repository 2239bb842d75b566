// Reading records: text -> RunRecord, checked by the JSON Schema. A subpath of its own
// (@fastgpu/results/read), so that the schema checker is loaded only where records are read.

import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { RecordError } from "./errors.ts";
import { recordSchema } from "./record.ts";
import type { RunRecord } from "./record.ts";
import { recordJsonSchema } from "./schema/record-v1.ts";
import { canonicalTrialKey } from "./trial.ts";

let compiled: ValidateFunction<RunRecord> | undefined;

/**
 * Reads a record.
 *
 * @param text - JSON
 * @param where - name of the file, for messages
 * @throws {@link RecordError} RECORD_VERSION when the text is a record of another format or no record;
 *   RECORD_INVALID when it is cut off, breaks the schema or contradicts itself
 */
export function parseRecord(text: string, where = "record"): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RecordError(
      "RECORD_INVALID",
      `${where}: text must be whole JSON, got ${text.length} characters that end early or are damaged (${error.message})`,
      { cause: error },
    );
  }
  return checkRecord(value, where);
}

/**
 * Checks that a value is a record. Version 1 is the first format, so there is nothing to migrate yet;
 * any other format is refused by its name.
 *
 * @throws {@link RecordError} as `parseRecord`
 */
export function checkRecord(value: unknown, where = "record"): RunRecord {
  const schema =
    typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
  if (schema !== recordSchema) {
    const got = typeof schema === "string" ? schema : "no schema name";
    throw new RecordError(
      "RECORD_VERSION",
      `${where}: schema must be ${recordSchema}, got ${got}; read it with the FastGPU version that wrote it`,
    );
  }
  compiled ??= new Ajv2020({
    allErrors: false,
    discriminator: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
  }).compile<RunRecord>(recordJsonSchema);
  if (!compiled(value)) {
    throw new RecordError("RECORD_INVALID", `${where}: ${describe(compiled.errors?.[0])}`);
  }
  checkConsistency(value, where);
  return value;
}

// What a schema cannot say: ids belong to their configurations, and summaries to their samples.
function checkConsistency(record: RunRecord, where: string): void {
  const seen = new Set<string>();
  for (const trial of record.trials) {
    const key = canonicalTrialKey(trial.config);
    if (trial.id !== key) {
      throw new RecordError("RECORD_INVALID", `${where}: trial id must be ${key}, got ${trial.id}`);
    }
    if (seen.has(key)) {
      throw new RecordError(
        "RECORD_INVALID",
        `${where}: trial ids must be unique, got ${key} twice`,
      );
    }
    seen.add(key);
    const timing = trial.outcome.state === "ok" ? trial.outcome.measurements.timing : undefined;
    if (timing === undefined) continue;
    const voids = new Set(timing.voidSamples.map(({ index }) => index)).size;
    const counted = timing.latencyNs.length - voids;
    if (timing.latency.count !== counted) {
      throw new RecordError(
        "RECORD_INVALID",
        `${where}: ${key}: latency.count must be the ${counted} counted samples, got ${timing.latency.count}`,
      );
    }
  }
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return "must match the record schema";
  const path = error.instancePath === "" ? "/" : error.instancePath;
  const params = error.params as Readonly<Record<string, unknown>>;
  const detail = params["additionalProperty"] ?? params["allowedValues"] ?? params["allowedValue"];
  return `${path} ${error.message ?? "is invalid"}${detail === undefined ? "" : ` (${JSON.stringify(detail)})`}`;
}
