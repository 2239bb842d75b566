// The types, the schema and the published schema file say the same thing.

import { Ajv2020 } from "ajv/dist/2020.js";
import * as prettier from "prettier";
import ts from "typescript";
import { expect, test } from "vitest";
import { recordJsonSchema } from "../src/index.ts";
import { record } from "./fixtures.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly $ref?: string;
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
}

const root = recordJsonSchema as unknown as Schema & {
  readonly $defs: Readonly<Record<string, Schema>>;
};

test("schema/record.v2.json is the schema in the source", async () => {
  const json = await prettier.format(JSON.stringify(recordJsonSchema), {
    parser: "json",
    printWidth: 100,
  });
  // Written anew by `npx vitest run packages/results -u`.
  await expect(json).toMatchFileSnapshot("../schema/record.v2.json");
});

test("a record with every outcome passes, and each damage to it fails", () => {
  const ajv = new Ajv2020({
    strict: true,
    strictRequired: false,
    discriminator: true,
    allowUnionTypes: true,
  });
  const validate = ajv.compile(recordJsonSchema);
  expect(validate(record()), JSON.stringify(validate.errors)).toBe(true);
  const paths = leafPaths(record());
  expect(paths.length).toBeGreaterThan(150);
  for (const path of paths) {
    const damaged = structuredClone(record());
    replaceAt(damaged, path, { damaged: true });
    expect(validate(damaged), path.join("/")).toBe(false);
  }
});

test("every exported record type has a definition with the same fields", () => {
  const { checker, types } = recordTypes();
  const names = Object.keys(root.$defs);
  expect(names.length).toBeGreaterThan(25);
  for (const name of names) {
    const type = types.get(name);
    expect(type, `type ${name}`).toBeDefined();
    compare(checker, type!, root.$defs[name]!, name);
  }
});

/** Types by name, as the compiler sees them, of everything the package exports. */
function recordTypes(): { checker: ts.TypeChecker; types: Map<string, ts.Type> } {
  const file = new URL("../src/index.ts", import.meta.url).pathname;
  const program = ts.createProgram([file], {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  const types = new Map<string, ts.Type>();
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol =
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    types.set(exported.name, checker.getDeclaredTypeOfSymbol(symbol));
  }
  return { checker, types };
}

function compare(checker: ts.TypeChecker, type: ts.Type, written: Schema, path: string): void {
  const schema = resolve(written);
  if (schema.oneOf !== undefined) {
    expect(type.isUnion(), path).toBe(true);
    const members = (type as ts.UnionType).types;
    expect(members.length, path).toBe(schema.oneOf.length);
    for (const branch of schema.oneOf) {
      const state = resolve(branch).properties?.["state"]?.const;
      const member = members.find((m) => literalOf(checker, m, "state") === state);
      expect(member, `${path}: ${state}`).toBeDefined();
      compare(checker, member!, branch, `${path}:${state}`);
    }
    return;
  }
  if (schema.enum !== undefined || schema.const !== undefined) {
    const members = type.isUnion() ? type.types : [type];
    const values = members.map((m) => (m.isStringLiteral() ? m.value : checker.typeToString(m)));
    expect(values.toSorted(), path).toEqual((schema.enum ?? [schema.const]).toSorted());
    return;
  }
  if (schema.type === "object") compareObject(checker, type, schema, path);
  else if (schema.type === "array") {
    const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    expect(element, path).toBeDefined();
    compare(checker, element!, schema.items!, `${path}[]`);
  } else {
    const kinds = (typeof schema.type === "string" ? [schema.type] : (schema.type ?? []))
      .map((kind) => (kind === "integer" ? "number" : kind))
      .join(" | ");
    const got = checker.typeToString(type).split(" | ").toSorted().join(" | ");
    expect(got, path).toBe(kinds.split(" | ").toSorted().join(" | "));
  }
}

function compareObject(checker: ts.TypeChecker, type: ts.Type, schema: Schema, path: string): void {
  if (schema.additionalProperties !== false) {
    const values = checker.getIndexTypeOfType(type, ts.IndexKind.String);
    expect(values, path).toBeDefined();
    compare(checker, values!, schema.additionalProperties!, `${path}{}`);
    return;
  }
  const fields = checker.getPropertiesOfType(type);
  const isOptional = (field: ts.Symbol) => (field.flags & ts.SymbolFlags.Optional) !== 0;
  const names = fields.map(({ name }) => name).toSorted();
  expect(Object.keys(schema.properties ?? {}).toSorted(), path).toEqual(names);
  const required = fields.filter((field) => !isOptional(field)).map(({ name }) => name);
  expect((schema.required ?? []).toSorted(), `${path} required`).toEqual(required.toSorted());
  for (const field of fields) {
    const declared = checker.getNonNullableType(checker.getTypeOfSymbol(field));
    compare(checker, declared, schema.properties![field.name]!, `${path}.${field.name}`);
  }
}

function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  return resolve(root.$defs[schema.$ref.replace("#/$defs/", "")]!);
}

function literalOf(checker: ts.TypeChecker, type: ts.Type, key: string): string | undefined {
  const property = type.getProperty(key);
  const literal = property && checker.getTypeOfSymbol(property);
  return literal?.isStringLiteral() === true ? literal.value : undefined;
}

/** Paths of all values that are not objects or lists. */
function leafPaths(value: unknown, path: readonly string[] = []): readonly string[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  return Object.entries(value).flatMap(([key, child]) => leafPaths(child, [...path, key]));
}

function replaceAt(value: object, path: readonly string[], replacement: unknown): void {
  let place = value as Record<string, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  place[path.at(-1)!] = replacement;
}
