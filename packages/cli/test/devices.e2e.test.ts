// `devices` and `doctor` on this machine and with backends that have no device, die or do not exist.
import type { DeviceInfo, Diagnosis } from "@fastgpu/core";
import { expect, it } from "vitest";
import { expectRefusal, fixture, invoke } from "./launch.ts";

it("lists the CPU of ONNX Runtime as a table and as one JSON document", async () => {
  const [table, json] = await Promise.all([invoke(["devices"]), invoke(["devices", "--json"])]);
  expect(table).toMatchObject({ status: 0, stderr: "" });
  expect(table.stdout).toMatch(/^backend +device +kind .*\n(.*\n)*onnx +cpu +cpu /);
  const { devices } = JSON.parse(json.stdout) as { devices: readonly DeviceInfo[] };
  expect(devices[0]).toMatchObject({ backend: "onnx", id: "cpu", kind: "cpu" });
});

it("refuses an unknown backend and zero devices with exit 2", async () => {
  expectRefusal(
    await invoke(["devices", "--backend", "onx"]),
    '--backend: must be an installed backend (onnx, tfjs, webgpu), a package or a file, got "onx"; did you mean onnx?',
  );
  expectRefusal(
    await invoke(["devices", "--backend", fixture("empty-backend.mjs")]),
    /^error: devices: at least one device must open, got none from .*empty-backend\.mjs; run fastgpu-bench doctor\n$/,
  );
});

it("lists what works and warns about a backend that dies", async () => {
  const dying = fixture("dying-backend.mjs");
  const both = await invoke(["devices", "--backend", `onnx,${dying}`]);
  expect(both).toMatchObject({ status: 0 });
  expect(both.stdout).toContain("onnx");
  expect(both.stderr).toMatch(/^warning: .*dying-backend\.mjs.*SIGABRT.*\n$/);
});

it("doctor says what works, what does not, and what fixes it", async () => {
  const { status, stdout, stderr } = await invoke(["doctor", "--json"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { checks } = JSON.parse(stdout) as { checks: readonly Diagnosis[] };
  const subjects = checks.map(({ subject }) => subject);
  for (const name of ["node", "machine", "onnx cpu", "devices"]) expect(subjects).toContain(name);
  const unfixed = checks.filter(({ status, fix }) => status !== "ok" && fix === undefined);
  expect(unfixed).toEqual([]);
});

it("doctor exits 2 when nothing can run", async () => {
  const { status, stdout } = await invoke(["doctor", "--backend", fixture("empty-backend.mjs")]);
  expect(status).toBe(2);
  expect(stdout).toContain("✗ devices");
  expect(stdout).toContain("fix: npm install @fastgpu/backend-onnx");
});
