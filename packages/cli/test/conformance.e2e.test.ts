// `conformance` on a backend that is right, on one that is wrong, and on bad input. All cases of all backends run in
// the tests of the backends; here a few of them show the command.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConformanceReport } from "@fastgpu/conformance";
import { expect, it } from "vitest";
import { reluModel, tensorFile } from "./fixtures/onnx-bytes.ts";
import { expectRefusal, fixture, invoke, scratchFolder } from "./launch.ts";

const few = ["--filter", "op/sigmoid f32"];

it("passes on ONNX Runtime and says so in a line and in JSON", async () => {
  const [text, json] = await Promise.all([
    invoke(["conformance", ...few]),
    invoke(["conformance", ...few, "--json"]),
  ]);
  expect(text).toMatchObject({ status: 0, stderr: "" });
  expect(text.stdout).toMatch(/^[1-9]\d* passed, 0 failed, 0 skipped\n$/);
  const report = JSON.parse(json.stdout) as ConformanceReport;
  expect(report.passed).toBe(report.cases.length);
});

it("divides the cases among processes, each case in one shard", async () => {
  const shards = await Promise.all(
    ["1/2", "2/2"].map((shard) => invoke(["conformance", ...few, "--shard", shard, "--json"])),
  );
  const names = shards.map(({ stdout }) =>
    (JSON.parse(stdout) as ConformanceReport).cases.map(({ name }) => name),
  );
  const [first = [], second = []] = names;
  expect(first.length).toBeGreaterThan(1);
  expect(new Set([...first, ...second]).size).toBe(first.length + second.length);
  for (const wrong of ["0/2", "3/2", "2", "a/b"]) {
    expectRefusal(
      await invoke(["conformance", "--shard", wrong]),
      /^error: --shard: must be i\/n with 1 <= i <= n, got/,
    );
  }
});

it("exits 1 and names the cases when a backend is wrong", async () => {
  const call = ["conformance", "--backend", fixture("wrong-backend.mjs"), ...few];
  const { status, stdout } = await invoke(call);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^failed op\/sigmoid f32.*: output "y"/);
});

it("takes known failures from a file, and refuses one that does not name a case", async () => {
  const folder = scratchFolder();
  const wrong = ["conformance", "--backend", fixture("wrong-backend.mjs"), ...few];
  const { cases } = JSON.parse((await invoke([...wrong, "--json"])).stdout) as ConformanceReport;
  const names = cases.filter(({ status }) => status === "failed").map(({ name }) => name);
  const skips = join(folder, "skips.json");
  writeFileSync(skips, JSON.stringify([{ reason: "adds 1", cases: names }]));
  const known = await invoke([...wrong, "--skips", skips]);
  expect(known.status).toBe(0);
  expect(known.stdout).toContain(`skipped ${names.length}: adds 1`);
  writeFileSync(skips, JSON.stringify([{ reason: "stale", cases: ["op/none"] }]));
  expectRefusal(await invoke([...wrong, "--skips", skips]), /got the unknown case "op\/none"/);
  writeFileSync(skips, "{");
  expectRefusal(await invoke([...wrong, "--skips", skips]), /skips\.json: must be JSON, got/);
});

it("runs official ONNX cases of a folder through the backend's own model files", async () => {
  const folder = scratchFolder();
  const data = join(folder, "test_relu", "test_data_set_0");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(folder, "test_relu", "model.onnx"), reluModel);
  writeFileSync(join(data, "input_0.pb"), tensorFile("x", [-1, 2]));
  writeFileSync(join(data, "output_0.pb"), tensorFile("y", [0, 2]));
  const call = ["conformance", "--onnx-cases", folder];
  expect(await invoke(call)).toMatchObject({
    status: 0,
    stdout: "1 passed, 0 failed, 0 skipped\n",
  });
  writeFileSync(join(data, "output_0.pb"), tensorFile("y", [1, 2]));
  const wrong = await invoke(call);
  expect(wrong).toMatchObject({ status: 1 });
  expect(wrong.stdout).toMatch(/^failed test_relu: output 0 "y": /);
  expectRefusal(await invoke([...call, "--filter", "none"]), /got "none" and no such case in/);
  expectRefusal(await invoke(["conformance", "--onnx-cases", join(folder, "no")]), /no: must be a/);
});

it("refuses a filter without a case and more than one backend", async () => {
  expectRefusal(
    await invoke(["conformance", "--filter", "opp"]),
    /^error: --filter: a case must contain the text, got "opp"; groups are op, .*; did you mean op\?\n$/,
  );
  expectRefusal(
    await invoke(["conformance", "--backend", `onnx,${fixture("wrong-backend.mjs")}`]),
    /^error: --backend: must be one backend, got onnx,/,
  );
});
