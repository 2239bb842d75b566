// Older records -> the present format, one step per version. What a step gets may be damaged: it changes what it
// recognises and leaves the rest to the schema of the format it leads to.

import { recordSchema } from "./record.ts";

type Json = Readonly<Record<string, unknown>>;

interface Step {
  readonly to: string;
  readonly record: (record: Json) => Json;
  readonly trial: (trial: Json) => Json;
}

/** Steps by the format that they start from. A new format is one entry. */
const steps: Readonly<Record<string, Step>> = {
  // Version 2 says how many iterations lie between two readings of the clock; until then it was one.
  "fastgpu.record/1": {
    to: "fastgpu.record/2",
    record: (record) => record,
    trial: withOneIteration,
  },
};

/** Formats that can be read, the present one first. */
export const readableSchemas: readonly string[] = [recordSchema, ...Object.keys(steps)];

/** A record of any readable format as one of the present format; other values come back as they are. */
export function migrateRecord(value: unknown): unknown {
  return inPresentWords(toPresentFormat(value));
}

function toPresentFormat(value: unknown): unknown {
  let record = value;
  for (let step = stepOf(record); step !== undefined && isObject(record); step = stepOf(record)) {
    const { trial } = step;
    const trials: unknown = record["trials"];
    record = {
      ...step.record(record),
      schema: step.to,
      ...(Array.isArray(trials) && {
        trials: trials.map((one: unknown) => (isObject(one) ? trial(one) : one)),
      }),
    };
  }
  return record;
}

function stepOf(record: unknown): Step | undefined {
  const schema = isObject(record) ? record["schema"] : undefined;
  return typeof schema === "string" && Object.hasOwn(steps, schema) ? steps[schema] : undefined;
}

/** Kind `model` was called `onnx-model` until it ran files of other formats too; the id of a trial holds the kind. */
function inPresentWords(record: unknown): unknown {
  if (!isObject(record) || record["schema"] !== recordSchema) return record;
  const trials: unknown = record["trials"];
  if (!Array.isArray(trials)) return record;
  return { ...record, trials: trials.map((one: unknown) => (isObject(one) ? asModel(one) : one)) };
}

function asModel(trial: Json): Json {
  const renamed = changed(trial, ["config", "workload"], (workload) =>
    workload["kind"] === "onnx-model" ? { ...workload, kind: "model" } : workload,
  );
  const { id, config } = trial;
  const workload = isObject(config) ? config["workload"] : undefined;
  if (!isObject(workload) || workload["kind"] !== "onnx-model" || typeof id !== "string") {
    return renamed;
  }
  // The name before the kind is percent-encoded but for colons, so the kind is what precedes the first slash.
  return { ...renamed, id: id.replace(/:onnx-model\//, ":model/") };
}

function withOneIteration(trial: Json): Json {
  return changed(trial, ["outcome", "measurements", "timing"], (timing) => ({
    ...timing,
    iterationsPerSample: 1,
  }));
}

/** A copy with the object at a path replaced; the value itself if there is none. */
function changed(value: Json, path: readonly string[], change: (found: Json) => Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const inner = value[key];
  return isObject(inner) ? { ...value, [key]: changed(inner, rest, change) } : value;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
