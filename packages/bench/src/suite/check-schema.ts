// Checks a suite against its published JSON Schema and turns the first violation into one line.
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { SuiteError } from "@fastgpu/core";
import { didYouMean } from "./closest.ts";
import type { JsonPath, LocatedJson } from "./located-json.ts";
import type { SuiteFile } from "./suite-file.ts";

const schemaUrl = new URL("../../schema/suite.v1.json", import.meta.url);

let compiled: ValidateFunction<SuiteFile> | undefined;

/**
 * The file as a suite.
 *
 * @throws {SuiteError} `file:line:column: rule, got value`, with the number of further violations
 */
export function checkSchema(json: LocatedJson): SuiteFile {
  compiled ??= compileSchema();
  const { value } = json;
  if (compiled(value)) return value;
  // A misspelt property explains why another one seems to be missing, so it comes first.
  const errors = (compiled.errors ?? []).filter(isTelling).sort((a, b) => rank(a) - rank(b));
  const problems = errors.map((error) => describe(json, error));
  const [first = `${json.at([])}: must be a suite`] = new Set(problems);
  const others = new Set(problems).size - 1;
  throw new SuiteError(others > 0 ? `${first} (and ${others} more)` : first);
}

function compileSchema(): ValidateFunction<SuiteFile> {
  const schema = JSON.parse(readFileSync(schemaUrl, "utf8")) as object;
  // Types stand beside `oneOf`, not in each branch, and defaults are filled in by code that knows the whole suite.
  const ajv = new Ajv({
    allErrors: true,
    discriminator: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    verbose: true,
  });
  return ajv.compile<SuiteFile>(schema);
}

/** The branches of a choice that say which property must be there are summed up by the choice itself. */
function isTelling({ keyword, schemaPath }: ErrorObject): boolean {
  return keyword !== "required" || !schemaPath.includes("/oneOf/");
}

function rank({ keyword }: ErrorObject): number {
  return keyword === "additionalProperties" ? 0 : 1;
}

function describe(json: LocatedJson, error: ErrorObject): string {
  const path = pathOf(error.instancePath, json.value);
  const where = path.length === 0 ? "suite" : path.join(".");
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === "additionalProperties") {
    const extra = String(params["additionalProperty"]);
    const known = knownProperties(error);
    return `${json.at([...path, extra])}: ${where} must only have ${known.join(", ")}, got "${extra}"${didYouMean(extra, known)}`;
  }
  const given = `got ${shown(error.data)}`;
  if (error.keyword === "enum") {
    const allowed = (params["allowedValues"] as unknown[]).map(String);
    const hint = typeof error.data === "string" ? didYouMean(error.data, allowed) : "";
    return `${json.at(path)}: ${where} must be one of ${allowed.join(", ")}, ${given}${hint}`;
  }
  if (error.keyword === "discriminator") {
    const tag = String(params["tag"]);
    return `${json.at([...path, tag])}: ${where}.${tag} must be ${kindsOf(error).join(", ")}, got ${shown(params["tagValue"])}${didYouMean(String(params["tagValue"]), kindsOf(error))}`;
  }
  if (error.keyword === "oneOf") {
    const choices = (error.schema as readonly Branch[]).flatMap(({ required = [] }) => required);
    if (choices.length > 0) {
      return `${json.at(path)}: ${where} must have exactly one of ${choices.join(", ")}, ${given}`;
    }
  }
  return `${json.at(path)}: ${where} ${error.message ?? "must be valid"}, ${given}`;
}

/** `/workloads/0/name` as keys and indices. */
function pathOf(pointer: string, root: unknown): JsonPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const step = Array.isArray(value) ? Number(key) : key;
    path.push(step);
    value = (value as Record<string | number, unknown>)[step];
  }
  return path;
}

function knownProperties({ parentSchema }: ErrorObject): readonly string[] {
  const properties = (parentSchema as { readonly properties?: object } | undefined)?.properties;
  return Object.keys(properties ?? {});
}

/** The values of the tag that a discriminator knows, without older names. */
function kindsOf({ parentSchema, params }: ErrorObject): readonly string[] {
  const tag = String((params as { readonly tag?: unknown }).tag);
  const text = readFileSync(schemaUrl, "utf8");
  const { definitions } = JSON.parse(text) as {
    readonly definitions: Readonly<Record<string, unknown>>;
  };
  const branches =
    (parentSchema as { readonly oneOf?: readonly Branch[] } | undefined)?.oneOf ?? [];
  return branches.flatMap((branch) => {
    const definition = branch.$ref?.split("/").at(-1);
    const target = definition === undefined ? branch : (definitions[definition] as Branch);
    const { const: value, enum: [name] = [value] } = target.properties?.[tag] ?? {};
    return name === undefined ? [] : [name];
  });
}

interface Branch {
  readonly required?: readonly string[];
  readonly $ref?: string;
  readonly properties?: Readonly<
    Record<string, { readonly const?: string; readonly enum?: readonly string[] }>
  >;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
