// The package arrows hold: lint refuses each seeded illegal import, allows each legal one, and no
// package.json names a workspace package that its sources may not import.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ESLint, type Linter } from "eslint";
import { describe, expect, it } from "vitest";
import {
  allowedImports,
  allowedTestImports,
  mayInstallBackends,
  packageName,
} from "../eslint/arrows.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = readdirSync(`${root}/packages`).filter((name) => !name.startsWith("."));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(`${root}/packages/${folder}/package.json`, "utf8")) as Manifest;
}

// Only the arrow rules run, so a seed needs no type information and takes milliseconds.
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) =>
    ruleId === "no-restricted-imports" || ruleId === "no-restricted-syntax",
});

/** What lint says of `code` as if it stood in `path`, relative to the root. */
async function lint(path: string, code: string): Promise<readonly Linter.LintMessage[]> {
  const [result] = await eslint.lintText(code, { filePath: `${root}/${path}` });
  const messages = result?.messages ?? [];
  const fatal = messages.find((message) => message.fatal === true);
  if (fatal !== undefined) throw new Error(fatal.message);
  return messages;
}

async function arrowErrors(path: string, code: string): Promise<string[]> {
  return (await lint(path, code)).map(({ message }) => message);
}

/** An existing source file of a package, which the type-aware parser therefore knows. */
function sourceOf(folder: string): string {
  const name = readdirSync(`${root}/packages/${folder}/src`).find((file) =>
    ["index.ts", "main.ts"].includes(file),
  );
  if (name === undefined) throw new Error(`packages/${folder}: src must have an entry, got none`);
  return `packages/${folder}/src/${name}`;
}

describe.each(folders)("packages/%s", (folder) => {
  const legal = allowedImports(folder);

  it("has a row in the table of arrows", () => {
    expect(legal).toBeDefined();
  });

  it("lint refuses every workspace import that is not an arrow, and only those", async () => {
    // One import a line: a text of its own for each would take the type-aware parser half a minute in all.
    const lines = folders.map((other, i) => `import { a as a${i} } from "${packageName(other)}";`);
    const uses = `export const all: unknown = [${folders.map((_, i) => `a${i}`).join(", ")}];`;
    const messages = await lint(sourceOf(folder), [...lines, uses, ""].join("\n"));
    const errors = messages.filter(({ message }) => message.includes("may import only"));
    const refused = new Set(errors.map(({ line }) => folders[line - 1]));
    expect(folders.filter((other) => refused.has(other))).toEqual(
      folders.filter((other) => !(legal ?? []).includes(other)),
    );
  });

  it("names in package.json only what it may import", () => {
    const manifest = manifestOf(folder);
    expect(manifest.name).toBe(packageName(folder));
    const backends = folders.filter((other) => other.startsWith("backend-"));
    const allowed = [...(legal ?? []), ...(mayInstallBackends(folder) ? backends : [])];
    const workspace = folders.map(packageName);
    const named = Object.keys(manifest.dependencies ?? {}).filter((name) =>
      workspace.includes(name),
    );
    expect(allowed.map(packageName)).toEqual(expect.arrayContaining(named));
    const namedForTests = Object.keys(manifest.devDependencies ?? {}).filter((name) =>
      workspace.includes(name),
    );
    expect(allowedTestImports(folder).map(packageName)).toEqual(
      expect.arrayContaining(namedForTests),
    );
  });
});

describe("forms of an import", () => {
  it.each([
    ["static", `import { a } from "@fastgpu/runtime";\nexport const b: unknown = a;\n`],
    ["type", `import type { A } from "@fastgpu/runtime";\nexport type B = A;\n`],
    ["re-export", `export { a } from "@fastgpu/runtime";\n`],
    ["export all", `export * from "@fastgpu/runtime";\n`],
    ["subpath", `import { a } from "@fastgpu/runtime/x";\nexport const b: unknown = a;\n`],
    ["dynamic", `export const b: unknown = await import("@fastgpu/runtime");\n`],
    ["type query", `export type B = import("@fastgpu/runtime").A;\n`],
    ["user package", `import { a } from "fastgpu";\nexport const b: unknown = a;\n`],
  ])("lint refuses a %s import from the core upwards", async (_form, code) => {
    expect(await arrowErrors("packages/core/src/index.ts", code)).toContainEqual(
      expect.stringContaining("packages/core may import only: no workspace package"),
    );
  });

  it("lint leaves engine packages and built-in modules alone", async () => {
    const code = `import { a } from "fastgpu-other";\nimport { b } from "node:fs";\nexport const c: unknown = [a, b];\n`;
    expect(await arrowErrors("packages/core/src/index.ts", code)).toEqual([]);
  });
});
