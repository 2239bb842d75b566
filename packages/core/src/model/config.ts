// Reads JSON configurations of layers, losses, metrics, optimizers and schedules: typed, with defaults, and strict
// about keys nobody asked for, so that a misspelt option is an error and not a silent default.
import { UsageError, type FastGpuError } from "../errors.ts";

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object; absent and undefined keys mean the same. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A part chosen by name: `"adam"`, or `{ name: "adam", learningRate: 0.01 }`. */
export type NamedConfig = string | (JsonObject & { readonly name: string });

/** Bounds of a number; `above` and `below` exclude the bound itself. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

/** Makes the error of a broken rule from its message. */
export type ErrorMaker = (message: string) => FastGpuError;

const usageError: ErrorMaker = (message) => new UsageError(message);

/** Reads one configuration object; each getter marks its key as known, `finish` refuses the others. */
export class ConfigReader {
  readonly where: string;
  private readonly source: JsonObject;
  private readonly makeError: ErrorMaker;
  private readonly known = new Set<string>();

  /**
   * @param where - prefix of messages, such as `optimizer adam`
   * @param source - the configuration
   */
  constructor(where: string, source: JsonObject, makeError: ErrorMaker = usageError) {
    this.where = where;
    this.source = source;
    this.makeError = makeError;
  }

  /** The value of a key as it stands; undefined if absent. */
  raw(key: string): JsonValue | undefined {
    this.known.add(key);
    return this.source[key];
  }

  /** A finite number within bounds. Without a fallback the key is required. */
  number(key: string, fallback?: number, bounds: Bounds = {}): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value) || !isWithin(value, bounds)) {
      return this.fail(`${key} must be a number${describe(bounds)}`, value);
    }
    return value;
  }

  /** An integer within bounds. Without a fallback the key is required. */
  integer(key: string, fallback?: number, bounds: Bounds = {}): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || !isWithin(value, bounds)) {
      return this.fail(`${key} must be an integer${describe(bounds)}`, value);
    }
    return value;
  }

  /** A number within bounds, or undefined if absent. */
  optionalNumber(key: string, bounds: Bounds = {}): number | undefined {
    return this.isAbsent(key) ? undefined : this.number(key, undefined, bounds);
  }

  /** A boolean. */
  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    return typeof value === "boolean" ? value : this.fail(`${key} must be true or false`, value);
  }

  /** One of the given words. */
  choice<T extends string>(key: string, words: readonly T[], fallback: T): T {
    const value = this.raw(key) ?? fallback;
    const found = words.find((word) => word === value);
    return found ?? this.fail(`${key} must be one of ${words.join(", ")}`, value);
  }

  /** `rank` integers within bounds; one number stands for all of them. Without a fallback the key is required. */
  sizes(key: string, rank: number, fallback?: number, bounds: Bounds = { min: 1 }): number[] {
    const value = this.raw(key) ?? fallback;
    const list = typeof value === "number" ? new Array<JsonValue>(rank).fill(value) : value;
    const fits = isIntegerList(list) && list.length === rank;
    if (!fits || !list.every((size) => isWithin(size, bounds))) {
      return this.fail(`${key} must be ${rank} integers${describe(bounds)} or one for all`, value);
    }
    return [...list];
  }

  /** A list of integers within bounds, of any length. Without a fallback the key is required. */
  integers(key: string, fallback?: readonly number[], bounds: Bounds = {}): number[] {
    const value = this.raw(key) ?? fallback;
    if (!isIntegerList(value) || !value.every((item) => isWithin(item, bounds))) {
      return this.fail(`${key} must be a list of integers${describe(bounds)}`, value);
    }
    return [...value];
  }

  /** A list of finite numbers, of any length. Without a fallback the key is required. */
  numbers(key: string, fallback?: readonly number[]): number[] {
    const value = this.raw(key) ?? fallback;
    if (!isNumberList(value)) return this.fail(`${key} must be a list of numbers`, value);
    return [...value];
  }

  /** True if the key is absent, undefined or null. */
  isAbsent(key: string): boolean {
    const value = this.raw(key);
    return value === undefined || value === null;
  }

  /** Throws the reader's error: `<where>: <rule>, got <value>`. */
  fail(rule: string, value: unknown): never {
    const shown = value === undefined ? "none" : JSON.stringify(value);
    throw this.makeError(`${this.where}: ${rule}, got ${shown}`);
  }

  /** Refuses keys that no getter has asked for. */
  finish(): void {
    const unknown = Object.keys(this.source).filter(
      (key) => this.source[key] !== undefined && !this.known.has(key),
    );
    if (unknown.length === 0) return;
    const names = [...this.known].filter((key) => key !== "name").sort();
    const rule = names.length === 0 ? "no options exist" : `options must be of ${names.join(", ")}`;
    throw this.makeError(`${this.where}: ${rule}, got "${unknown.join('", "')}"`);
  }
}

/** A part that a table lists by name and that is configured from JSON. */
export interface Configurable<T> {
  /** Reads its options; the caller checks afterwards that none is left. */
  readonly configure: (read: ConfigReader) => T;
}

/**
 * Finds a part by name in a table and configures it.
 *
 * @param what - kind of part, for messages: `optimizer`
 * @param table - the module that exports the parts by name
 * @throws {UsageError} if there is no part of that name, listing those there are, or an option is unknown or invalid
 */
export function configureNamed<T>(
  what: string,
  table: Readonly<Record<string, Configurable<T>>>,
  named: NamedConfig,
): T {
  const name = typeof named === "string" ? named : named.name;
  const part = Object.hasOwn(table, name) ? table[name] : undefined;
  if (part === undefined) {
    const names = Object.keys(table).sort().join(", ");
    throw new UsageError(`${what}: name must be one of ${names}, got ${JSON.stringify(name)}`);
  }
  const read = new ConfigReader(`${what} ${name}`, typeof named === "string" ? {} : named);
  read.raw("name");
  const configured = part.configure(read);
  read.finish();
  return configured;
}

/** The JSON value as a named configuration. */
export function asNamed(read: ConfigReader, key: string, value: JsonValue): NamedConfig {
  if (typeof value === "string") return value;
  if (isObject(value)) {
    const { name } = value;
    if (typeof name === "string") return { ...value, name };
  }
  return read.fail(`${key} must be a name or an object with a name`, value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumberList(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isFinite(item));
}

function isIntegerList(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item));
}

function isWithin(value: number, { min, max, above, below }: Bounds): boolean {
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  );
}

function describe({ min, max, above, below }: Bounds): string {
  const rules = [
    min === undefined ? "" : ` >= ${min}`,
    above === undefined ? "" : ` > ${above}`,
    max === undefined ? "" : ` <= ${max}`,
    below === undefined ? "" : ` < ${below}`,
  ].filter((rule) => rule !== "");
  return rules.join(" and");
}
