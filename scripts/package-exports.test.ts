// Each package.json's exports, bins and files agree with what is on disk after a build, and each package is
// described the same way (style rule 47).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = readdirSync(`${root}/packages`).filter((name) => !name.startsWith("."));

type ExportTarget = string | Readonly<Record<string, string>>;

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly type: string;
  readonly description: string;
  readonly sideEffects: unknown;
  readonly engines: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, ExportTarget>>;
  readonly bin?: Readonly<Record<string, string>>;
}

function manifestAt(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

const workspaceVersion = manifestAt(`${root}/package.json`).version;

describe.each(folders)("packages/%s", (folder) => {
  const home = `${root}/packages/${folder}`;
  const manifest = manifestAt(`${home}/package.json`);

  it("is an ES module with the shared version, licence and engines", () => {
    expect(manifest).toMatchObject({
      version: workspaceVersion,
      license: "Apache-2.0",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20.19" },
    });
    expect(manifest.description).not.toBe("");
    expect(manifest.files).toContain("dist");
  });

  it("carries the licence, which npm packs from the package's own folder only", () => {
    expect(readFileSync(`${home}/LICENSE`, "utf8")).toBe(readFileSync(`${root}/LICENSE`, "utf8"));
  });

  it("exports only files that a build leaves on disk", () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    const missing = [...targets, ...Object.values(manifest.bin ?? {})].filter(
      (target) => !existsSync(`${home}/${target}`),
    );
    expect(missing).toEqual([]);
  });

  it("gives each code export its source, its types and its JavaScript, in that order", () => {
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      if (typeof target === "string") continue;
      expect([subpath, Object.keys(target)]).toEqual([
        subpath,
        ["@fastgpu/source", "types", "default"],
      ]);
      const stem = target["@fastgpu/source"]?.replace("./src/", "./dist/").replace(/\.ts$/, "");
      expect(target).toMatchObject({ types: `${stem ?? ""}.d.ts`, default: `${stem ?? ""}.js` });
    }
  });
});
