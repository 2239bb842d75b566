// `npm run new:op` on a copy of the files it changes: every table gets its line, and a refusal changes nothing.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const tables = {
  "packages/core/src/ops/table.ts": 'export { hypot } from "./hypot.ts";',
  "packages/core/src/functional.ts": "  hypot,",
  "packages/core/src/functional/elementwise.ts":
    'export const hypot = (a: Operand, b: Operand): Value => binary("hypot", a, b);',
  "packages/core/src/ops/gradients.test.ts": "  hypot: binary(f.hypot),",
  "packages/core/src/ops/infer.test.ts": '  hypot: broadcast("hypot"),',
  "packages/backend-onnx/src/lower/elementwise.ts":
    'export const hypot: Lowering<"hypot"> = direct("Hypot");',
} as const;

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "fastgpu-new-op-"));
  for (const path of Object.keys(tables)) cpSync(join(root, path), join(copy, path));
});
afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

function newOp(...args: readonly string[]): { status: number | null; stderr: string } {
  const script = join(root, "scripts/new-op.mjs");
  return spawnSync(process.execPath, [script, "--root", copy, ...args], { encoding: "utf8" });
}

function linesOf(path: string): readonly string[] {
  return readFileSync(join(copy, path), "utf8").split("\n");
}

it("writes the op, its test and a line in every table", () => {
  expect(newOp("hypot", "--binary")).toMatchObject({ status: 0, stderr: "" });
  for (const [path, line] of Object.entries(tables)) expect(linesOf(path)).toContain(line);
  const ops = "packages/core/src/ops";
  expect(linesOf(`${ops}/hypot.ts`)).toContain("export const hypot: Primitive = binary({");
  expect(linesOf(`${ops}/hypot.test.ts`).join("\n")).toContain('evaluateOp("hypot", [a, b], {})');
});

it("refuses a second time, a bad name and a table it does not know, and changes nothing", () => {
  expect(newOp("exp")).toMatchObject({ status: 2 });
  expect(newOp("Hypot").stderr).toMatch(/^new-op: name must be in camelCase, got "Hypot"/);
  const table = "packages/core/src/functional.ts";
  writeFileSync(join(copy, table), "// empty\n");
  expect(newOp("hypot", "--binary").stderr).toMatch(/must have a line like/);
  expect(linesOf("packages/core/src/ops/table.ts")).not.toContain(
    tables["packages/core/src/ops/table.ts"],
  );
});
