// Rules of the style guide that no lint plugin knows: file names, the purpose comment at the top of each
// file, and the words that do not belong into sources.
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

function sourcesBelow(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path}`)
    .filter((path) => path.endsWith(".ts") && !/\/(node_modules|dist|\.tsbuild)\//.test(path));
}

const sources = [...sourcesBelow("packages"), ...sourcesBelow("scripts")];

/** The lines of `path` up to the first that is not part of its opening comment. */
function openingComment(path: string): string[] {
  const lines = readFileSync(`${root}/${path}`, "utf8").split("\n");
  const end = lines.findIndex((line) => !/^(\/\/|\/\*|\s\*)/.test(line));
  return lines.slice(0, end === -1 ? lines.length : end);
}

describe("sources", () => {
  it("are found", () => {
    expect(sources).toContain("packages/core/src/index.ts");
  });

  it("have kebab-case names", () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d|\.wgsl)?\.ts$/;
    expect(sources.filter((path) => !kebab.test(basename(path)))).toEqual([]);
  });

  it("are named after what they hold, not after a drawer", () => {
    const drawers = ["utils.ts", "util.ts", "helpers.ts", "common.ts", "misc.ts", "types.ts"];
    expect(sources.filter((path) => drawers.includes(basename(path)))).toEqual([]);
  });

  it("open with a purpose comment", () => {
    expect(sources.filter((path) => openingComment(path).length === 0)).toEqual([]);
  });

  it("suppress no rule without its name and a reason", () => {
    const bare =
      /eslint-disable(-next-line|-line)?(?!\S)(?!.*@?[\w/-]+ -- \S)|@ts-(ignore|nocheck)|prettier-ignore/;
    // This file has to spell the directives out in order to look for them.
    const searched = sources.filter((path) => !path.endsWith("source-style.test.ts"));
    const found = searched.flatMap((path) =>
      readFileSync(`${root}/${path}`, "utf8")
        .split("\n")
        .filter((line) => bare.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});
