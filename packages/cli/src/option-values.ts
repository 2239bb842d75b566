// Parsers for the values of options; each refuses in one line what it cannot use.
import { UsageError } from "@fastgpu/core";

/** Comma-separated values, blanks around them ignored, each once. */
export function parseList(given: string): readonly string[] {
  return [...new Set(given.split(",").map((part) => part.trim()))].filter((part) => part !== "");
}

/**
 * A parser for a whole number.
 *
 * @throws {UsageError} below `least`, above 2^31 - 1, or not a whole number
 */
export function wholeNumber(option: string, least: number): (given: string) => number {
  return (given) => {
    const value = Number(given);
    if (given.trim() !== "" && Number.isInteger(value) && value >= least && value < 2 ** 31) {
      return value;
    }
    throw new UsageError(`${option}: must be a whole number of at least ${least}, got "${given}"`);
  };
}

/** One of several parts of a list. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/**
 * A part of a list: `2/3`.
 *
 * @throws {UsageError} unless it is a number from 1 to n, a slash and n
 */
export function parseShard(given: string): Shard {
  const [, index = "", count = ""] = /^(\d+)\/(\d+)$/.exec(given) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count && shard.count < 2 ** 31) return shard;
  throw new UsageError(`--shard: must be i/n with 1 <= i <= n, got "${given}"`);
}

/**
 * Thread counts: `1,2,auto`.
 *
 * @throws {UsageError} for anything else
 */
export function parseThreads(given: string): readonly (number | "auto")[] {
  const parse = wholeNumber("--threads", 1);
  const values = parseList(given).map((part) => (part === "auto" ? part : parse(part)));
  if (values.length > 0) return values;
  throw new UsageError(`--threads: must be numbers or auto, got "${given}"`);
}

/**
 * Engine settings: `arithmetic=f16,kernelRows=8`. Numbers, true and false are what they look like, all else is text.
 *
 * @throws {UsageError} for a part without a name or a value
 */
export function parseEngineSettings(given: string): Record<string, string | number | boolean> {
  const entries = parseList(given).map((part): [string, string | number | boolean] => {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--engine: must be name=value, got "${part}"`);
    }
    if (value === "true" || value === "false") return [name, value === "true"];
    return [name, Number.isFinite(Number(value)) ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

/**
 * Seconds, with fractions, as milliseconds.
 *
 * @throws {UsageError} unless above 0 and at most a day
 */
export function parseSeconds(given: string): number {
  const seconds = Number(given);
  if (given.trim() !== "" && seconds > 0 && seconds <= 86_400) return Math.ceil(seconds * 1000);
  throw new UsageError(`--timeout: must be seconds above 0 and at most 86400, got "${given}"`);
}

/**
 * Collects `--dimension name=size` into an object.
 *
 * @throws {UsageError} if it is not a name, `=` and a size of at least 1
 */
export function collectDimension(
  given: string,
  earlier: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const cut = given.lastIndexOf("=");
  if (cut < 1) throw new UsageError(`--dimension: must be name=size, got "${given}"`);
  const size = wholeNumber("--dimension", 1)(given.slice(cut + 1));
  return { ...earlier, [given.slice(0, cut)]: size };
}
