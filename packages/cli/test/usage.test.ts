// The frame of the command line: help, unknown words, JSON in success and failure, closed pipes.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { commandTable } from "../src/command-table.ts";
import { expectRefusal, invoke } from "./launch.ts";

it("prints help on stdout without a word, with --help and with -h", async () => {
  const calls = await Promise.all([invoke([]), invoke(["--help"]), invoke(["-h"])]);
  for (const { status, stdout, stderr } of calls) {
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const { name } of commandTable) expect(stdout).toContain(`  ${name} `);
    expect(stdout).toBe(calls[0].stdout);
  }
});

it.each(commandTable.map(({ name }) => name))(
  "%s --help shows its options and examples, and `help` the same",
  async (name) => {
    const [flag, word] = await Promise.all([invoke([name, "--help"]), invoke(["help", name])]);
    expect(flag).toMatchObject({ status: 0, stderr: "" });
    expect(flag.stdout).toContain(`Usage: fastgpu-bench ${name}`);
    expect(flag.stdout).toContain("--json");
    expect(flag.stdout).toMatch(/Examples:\n {2}fastgpu-bench/);
    expect(word).toEqual(flag);
  },
);

it("prints the version of its package", async () => {
  const path = fileURLToPath(new URL("../package.json", import.meta.url));
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  expect(await invoke(["--version"])).toMatchObject({ status: 0, stdout: `${version}\n` });
});

it("refuses unknown commands and options in one line that says what was meant", async () => {
  const names = commandTable.map(({ name }) => name).join(", ");
  expectRefusal(
    await invoke(["devics"]),
    `fastgpu-bench: command must be one of ${names}, got devics; did you mean devices?`,
  );
  expectRefusal(
    await invoke(["devices", "--bakend", "onnx"]),
    "fastgpu-bench devices: option must be one that --help lists, got --bakend; did you mean --backend?",
  );
  expectRefusal(
    await invoke(["report"]),
    "fastgpu-bench report: argument <record> must be given, got none; see fastgpu-bench report --help",
  );
  expectRefusal(
    await invoke(["devices", "one", "two"]),
    "fastgpu-bench devices: at most 0 arguments can be given, got 2; see fastgpu-bench devices --help",
  );
  expectRefusal(
    await invoke(["report", "x", "--out"]),
    "fastgpu-bench report: option --out <folder> must have a value, got none; see fastgpu-bench report --help",
  );
});

it("keeps control characters of arguments out of the terminal", async () => {
  const { stderr } = await invoke(["de\u001B[31m\nvices\u202E"]);
  expect(stderr).not.toMatch(/[\u001B\u202E]/);
  expect(stderr.split("\n")).toHaveLength(2);
});

it("fails in JSON too with --json, and shows the stack with --verbose only", async () => {
  const call = ["report", "missing.json"];
  const json = await invoke([...call, "--json"]);
  const { error } = JSON.parse(json.stdout) as { error: { code: string; message: string } };
  expect(error.code).toBe("USAGE");
  expect(json).toMatchObject({ status: 2, stderr: `error: ${error.message}\n` });
  expect((await invoke([...call, "--verbose"])).stderr).toMatch(/\n {4}at /);
});

it.runIf(process.platform !== "win32")("ends quietly when the reader goes away", () => {
  const launcher = fileURLToPath(new URL("../bin/fastgpu-bench.js", import.meta.url));
  const script = `"${process.execPath}" "${launcher}" --help | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
});
