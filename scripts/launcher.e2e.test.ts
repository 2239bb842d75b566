// The launcher of the command line: straight to dist when it is there, one build first in a checkout, and
// one clear line where neither is possible.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
let checkout: string;
let home: string;

beforeEach(() => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), "fastgpu-launcher-")));
  home = join(checkout, "packages", "cli");
  mkdirSync(join(home, "bin"), { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ type: "module" }));
  copyFileSync(join(root, "packages/cli/bin/fastgpu-bench.js"), join(home, "bin/launcher.js"));
});

afterEach(() => {
  rmSync(checkout, { recursive: true, force: true });
});

function launch(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(home, "bin/launcher.js"), ...args], {
    encoding: "utf8",
  });
}

function writeSourceCheckout(source: string): void {
  mkdirSync(join(home, "src"));
  writeFileSync(join(home, "src/main.ts"), source);
  const compilerOptions = {
    rootDir: "src",
    outDir: "dist",
    module: "NodeNext",
    composite: true,
    types: [],
  };
  writeFileSync(
    join(home, "tsconfig.build.json"),
    JSON.stringify({ compilerOptions, include: ["src"] }),
  );
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
}

it("runs dist/main.js with the arguments where it exists", () => {
  mkdirSync(join(home, "dist"));
  writeFileSync(
    join(home, "dist/main.js"),
    "console.log(process.argv.slice(2).join()); process.exitCode = 5;",
  );
  expect(launch("run", "quickstart")).toMatchObject({
    status: 5,
    stdout: "run,quickstart\n",
    stderr: "",
  });
});

it("builds a source checkout once, says so on stderr, and runs", () => {
  writeSourceCheckout("const text: string = 'started';\n(globalThis as any).console.log(text);\n");
  const first = launch();
  expect(first).toMatchObject({ status: 0, stdout: "started\n" });
  expect(first.stderr).toMatch(/^building fastgpu \(first run\)\.\.\.\nbuilt in \d+\.\d s\n$/);
  expect(launch()).toMatchObject({ status: 0, stdout: "started\n", stderr: "" });
});

it("shows the compiler's errors and exits 1 when the build fails", () => {
  writeSourceCheckout("export const count: number = 'one';\n");
  const result = launch();
  expect(result.status).toBe(1);
  expect(result.stdout).toBe("");
  expect(result.stderr).toContain("the build must succeed");
});

it("names the missing file in one line where there is nothing to build", () => {
  const result = launch();
  expect(result.status).toBe(1);
  expect(result.stderr).toBe(
    `fastgpu-bench: ${join(home, "dist", "main.js")} must exist, got no file; reinstall the package\n`,
  );
});
