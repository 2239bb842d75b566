// `replay` as a user calls it: a small recorded space, compressed and not, and files that are something else.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { invoke } from "./launch.ts";

let folder = "";
const cache: Record<string, unknown> = {};
for (let x = 1; x <= 12; x++) {
  for (let y = 1; y <= 12; y++) {
    if (x * y > 100) continue;
    const time = x === 12 ? "CompilationFailedConfig" : (x - 5) ** 2 + (y - 7) ** 2 + 1;
    cache[`${x},${y}`] = { x, y, time };
  }
}
const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
const text = JSON.stringify({
  tune_params_keys: ["x", "y"],
  tune_params: { x: numbers, y: numbers },
  cache,
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fastgpu-replay-"));
  writeFileSync(join(folder, "space.json"), text);
  writeFileSync(join(folder, "space.json.gz"), gzipSync(text));
  // As an interrupted run leaves it: no closing braces, a comma at the end.
  writeFileSync(join(folder, "open.json"), `${text.slice(0, -2)},\n`);
  writeFileSync(join(folder, "nan.json"), text.replaceAll('"CompilationFailedConfig"', "NaN"));
  writeFileSync(join(folder, "text.json"), "hello");
  writeFileSync(join(folder, "cut.json.gz"), gzipSync(text).subarray(0, 100));
  writeFileSync(join(folder, "empty.json"), "{}");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("prints the same numbers for both forms of a file and says which protocol it used", async () => {
  const args = ["--budget", "50", "--repeats", "3", "--seed", "4", "--json"];
  const [plain, packed, open, odd] = await Promise.all(
    ["space.json", "space.json.gz", "open.json", "nan.json"].map((name) =>
      invoke(["replay", join(folder, name), ...args]),
    ),
  );
  expect(plain!.status).toBe(0);
  const summary = JSON.parse(plain!.stdout) as Readonly<Record<string, unknown>>;
  for (const other of [packed!, open!, odd!]) {
    const same = JSON.parse(other.stdout) as Readonly<Record<string, unknown>>;
    for (const name of ["milestones", "score", "exactScore", "invalid"]) {
      expect(same[name]).toEqual(summary[name]);
    }
  }
  expect(summary).toMatchObject({
    strategy: "gp",
    protocol: "valid",
    repeats: 3,
    budget: 50,
    combinations: 144,
    optimum: 1,
    milestones: [{ evaluations: 25 }, { evaluations: 50, fraction: 1 }],
  });
  const table = await invoke([
    "replay",
    join(folder, "space.json"),
    "--protocol",
    "cartesian",
    "--strategy",
    "random",
    "--repeats",
    "2",
  ]);
  expect(table.status).toBe(0);
  expect(table.stdout).toContain(
    "protocol: cartesian (restrictions unknown: any of 144 combinations",
  );
  expect(table.stdout).toContain("score");
});

test.each([
  ["text.json", [], "must be JSON"],
  ["cut.json.gz", [], "must be a gzip file"],
  ["empty.json", [], "tune_params_keys must be a list of names"],
  ["absent.json", [], "file must exist"],
  ["space.json", ["--strategy", "gq"], "--strategy: must be one of"],
  ["space.json", ["--protocol", "all"], "--protocol: must be valid or cartesian"],
  ["space.json", ["--budget", "0"], "--budget: must be a whole number of at least 1"],
])("refuses %s %j in one line", async (name, args, message) => {
  const { status, stdout, stderr } = await invoke(["replay", join(folder, name), ...args]);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain(message);
});
