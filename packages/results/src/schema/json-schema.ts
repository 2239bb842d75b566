// The small vocabulary that the published schemas are written in (JSON Schema, draft 2020-12).

/** A JSON Schema or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas of fields by name. */
export type Properties = Readonly<Record<string, JsonSchema>>;

/** Any text. */
export const text: JsonSchema = { type: "string" };
/** A text of at least one character. */
export const name: JsonSchema = { type: "string", minLength: 1 };
/** True or false. */
export const flag: JsonSchema = { type: "boolean" };
/** Any finite number. */
export const number: JsonSchema = { type: "number" };
/** A number of at least 0. */
export const nonNegative: JsonSchema = { type: "number", minimum: 0 };
/** A number above 0. */
export const positive: JsonSchema = { type: "number", exclusiveMinimum: 0 };
/** A whole number of at least 0. */
export const count: JsonSchema = { type: "integer", minimum: 0 };
/** A whole number of at least 1. */
export const atLeastOne: JsonSchema = { type: "integer", minimum: 1 };
/** Whole nanoseconds. */
export const durationNs: JsonSchema = count;
/** 1 = 100%. */
export const share: JsonSchema = { type: "number", minimum: 0, maximum: 1 };
/** Lower-case hex digits. */
export const hash: JsonSchema = { type: "string", pattern: "^[0-9a-f]{8,128}$" };
/** ISO 8601 in UTC. */
export const instant: JsonSchema = {
  type: "string",
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$",
};

/** An object with these fields and no others. */
export function object(required: Properties, optional: Properties = {}): JsonSchema {
  return {
    type: "object",
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

/** A list of any length. */
export function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** One of these texts. */
export function oneOfValues(...values: readonly string[]): JsonSchema {
  return { enum: values };
}

/** The definition of that name. */
export function ref(definition: string): JsonSchema {
  return { $ref: `#/$defs/${definition}` };
}

/** An object with fields of any name. */
export function valuesOf(values: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: values };
}
