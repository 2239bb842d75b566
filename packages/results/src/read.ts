// Reading records: text -> RunRecord, checked by the JSON Schema. A subpath of its own
// (@fastgpu/results/read), so that the schema checker is loaded only where records are read.

import type { ValidateFunction } from "ajv/dist/2020.js";
import { RecordError } from "./errors.ts";
import { migrateRecord, readableSchemas } from "./migrate.ts";
import type { RunRecord } from "./record.ts";
import { compileSchema, describeError, parseJson } from "./schema/check.ts";
import { recordJsonSchema } from "./schema/record-v2.ts";
import { canonicalTrialKey } from "./trial.ts";

export { parseCalibration } from "./calibration/read-calibration.ts";

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
  return checkRecord(parseJson(text, where), where);
}

/**
 * Checks that a value is a record. Older formats are brought to the present one first; any other is refused by its name.
 *
 * @throws {@link RecordError} as `parseRecord`
 */
export function checkRecord(value: unknown, where = "record"): RunRecord {
  const schema =
    typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
  if (typeof schema !== "string" || !readableSchemas.includes(schema)) {
    const got = typeof schema === "string" ? schema : "no schema name";
    throw new RecordError(
      "RECORD_VERSION",
      `${where}: schema must be ${readableSchemas.join(" or ")}, got ${got}; read it with the FastGPU version that wrote it`,
    );
  }
  const record = migrateRecord(value);
  compiled ??= compileSchema<RunRecord>(recordJsonSchema);
  if (!compiled(record)) {
    throw new RecordError("RECORD_INVALID", `${where}: ${describeError(compiled.errors?.[0])}`);
  }
  checkConsistency(record, where);
  return record;
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
    const timing = "measurements" in trial.outcome ? trial.outcome.measurements.timing : undefined;
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
