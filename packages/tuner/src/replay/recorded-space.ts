// A space that was measured exhaustively, so that strategies can be judged without a device: a Kernel Tuner cache file,
// or the points of an own study.
import { DataError } from "@fastgpu/core";
import type { Configuration, ParameterDeclaration } from "../space/declaration.ts";

/** A measured configuration: a time, or why there is none. */
export interface RecordedPoint {
  readonly configuration: Configuration;
  /** The objective, to be made small; absent for a configuration that failed. */
  readonly value?: number;
  readonly failure?: string;
}

/** An exhaustively measured space. A combination of parameters without a point breaks a restriction. */
export interface RecordedSpace {
  readonly name: string;
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>;
  readonly points: readonly RecordedPoint[];
}

type Scalar = string | number | boolean;

/**
 * Reads a Kernel Tuner cache (schema 1.0): `tune_params` lists the values of each parameter, `cache` maps the
 * comma-joined values to an object with `time` in ms, or the name of an error. Numbers are ordinal, in ascending order,
 * everything else is categorical. A last line without its closing braces, as an interrupted run leaves it, is accepted
 * by whoever parses the JSON, not here.
 *
 * @param json - the parsed file
 * @throws {DataError} for another structure, or a file without a single time
 */
export function recordedSpaceOf(json: unknown, name: string): RecordedSpace {
  const file = objectAt(json, name, "the file");
  const keys = file["tune_params_keys"];
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string") || keys.length === 0) {
    throw new DataError(`${name}: tune_params_keys must be a list of names, got ${short(keys)}`);
  }
  const params = objectAt(file["tune_params"], name, "tune_params");
  const parameters = Object.fromEntries(
    keys.map((key) => [key, parameterOf(params[key], name, key)] as const),
  );
  const cache = objectAt(file["cache"], name, "cache");
  const points = Object.entries(cache).map(([key, entry]) =>
    pointOf(objectAt(entry, name, `cache entry ${key}`), keys, `${name}: cache entry ${key}`),
  );
  if (!points.some(({ value }) => value !== undefined)) {
    throw new DataError(`${name}: cache must hold at least one time, got none in ${points.length}`);
  }
  return { name, parameters, points };
}

function parameterOf(values: unknown, name: string, key: string): ParameterDeclaration {
  if (!Array.isArray(values) || values.length === 0) {
    throw new DataError(
      `${name}: tune_params.${key} must be a list of values, got ${short(values)}`,
    );
  }
  const distinct = [...new Set(values as readonly Scalar[])];
  if (distinct.every((value) => typeof value === "number")) {
    return { kind: "ordinal", values: distinct.sort((a, b) => a - b) };
  }
  return { kind: "categorical", values: distinct };
}

function pointOf(
  entry: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  where: string,
): RecordedPoint {
  const configuration = Object.fromEntries(
    keys.map((key) => {
      const value = entry[key];
      if (!["string", "number", "boolean"].includes(typeof value)) {
        throw new DataError(
          `${where}: ${key} must be a text, number or boolean, got ${short(value)}`,
        );
      }
      return [key, value as Scalar] as const;
    }),
  );
  const { time } = entry as { readonly time?: unknown };
  if (typeof time === "number" && Number.isFinite(time)) return { configuration, value: time };
  return { configuration, failure: typeof time === "string" ? time : "no time" };
}

function objectAt(value: unknown, name: string, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DataError(`${name}: ${what} must be an object, got ${short(value)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function short(value: unknown): string {
  const text = value === undefined ? "none" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
