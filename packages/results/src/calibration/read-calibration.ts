// Reading calibrations: text -> Calibration, checked by the JSON Schema. Part of @fastgpu/results/read.

import type { ValidateFunction } from "ajv/dist/2020.js";
import { RecordError } from "../errors.ts";
import { calibrationJsonSchema } from "../schema/calibration-v1.ts";
import { compileSchema, describeError, parseJson } from "../schema/check.ts";
import { calibrationSchema } from "./calibration.ts";
import type { Calibration } from "./calibration.ts";

let compiled: ValidateFunction<Calibration> | undefined;

/**
 * Reads a calibration.
 *
 * @param text - JSON
 * @param where - name of the file, for messages
 * @throws {@link RecordError} RECORD_VERSION when the text is of another format, RECORD_INVALID when it is cut off or
 *   breaks the schema
 */
export function parseCalibration(text: string, where = "calibration"): Calibration {
  const value = parseJson(text, where);
  const schema =
    typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
  if (schema !== calibrationSchema) {
    const got = typeof schema === "string" ? schema : "no schema name";
    throw new RecordError(
      "RECORD_VERSION",
      `${where}: schema must be ${calibrationSchema}, got ${got}; run fastgpu-bench calibrate again`,
    );
  }
  compiled ??= compileSchema<Calibration>(calibrationJsonSchema);
  if (compiled(value)) return value;
  throw new RecordError("RECORD_INVALID", `${where}: ${describeError(compiled.errors?.[0])}`);
}
