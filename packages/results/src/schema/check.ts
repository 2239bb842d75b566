// Schema checking for everything this package reads from files.

import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { RecordError } from "../errors.ts";
import type { JsonSchema } from "./json-schema.ts";

/** A checker that stops at the first error. */
export function compileSchema<T>(schema: JsonSchema): ValidateFunction<T> {
  return new Ajv2020({
    allErrors: false,
    discriminator: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
  }).compile<T>(schema);
}

/** The value of a JSON text. @throws {@link RecordError} RECORD_INVALID when it is cut off or damaged */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RecordError(
      "RECORD_INVALID",
      `${where}: text must be whole JSON, got ${text.length} characters that end early or are damaged (${error.message})`,
      { cause: error },
    );
  }
}

/** An error as the end of a one-line message. */
export function describeError(error: ErrorObject | undefined): string {
  if (error === undefined) return "must match the schema";
  const path = error.instancePath === "" ? "/" : error.instancePath;
  const params = error.params as Readonly<Record<string, unknown>>;
  const detail = params["additionalProperty"] ?? params["allowedValues"] ?? params["allowedValue"];
  return `${path} ${error.message ?? "is invalid"}${detail === undefined ? "" : ` (${JSON.stringify(detail)})`}`;
}
