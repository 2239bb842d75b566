// The documentation says what the program does: every error code with its exit code, every command's help.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { commandTable } from "../src/command-table.ts";
import { exitCodes } from "../src/exit-code.ts";
import { exitCodeOf } from "../src/failure.ts";
import { invoke } from "./launch.ts";

function readDocument(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
}

it("docs/errors.md lists every error code with its exit code, and no other", () => {
  const rows = readDocument("errors.md").matchAll(/^\| `([A-Z_]+)` +\| (\d+) +\|/gm);
  const listed = [...rows].map(([, code, exit]) => [code, Number(exit)]);
  expect(Object.fromEntries(listed)).toEqual({ ...exitCodeOf, INTERNAL: exitCodes.internal });
});

it.each(["", ...commandTable.map(({ name }) => name)])(
  "docs/cli.md has the help of fastgpu-bench %s (npm run docs:cli writes it)",
  async (name) => {
    const { stdout } = await invoke([...(name === "" ? [] : [name]), "--help"]);
    expect(readDocument("cli.md")).toContain(`\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`);
  },
);
