// Which devices the backend shows, and what it says of those it cannot open.
import { expect, it } from "vitest";
import backend from "../src/index.ts";

it("finds the CPU by its name and as the default, and no device of an unknown name", async () => {
  const [first] = await backend.devices();
  for (const id of ["cpu", "default"]) {
    expect(await backend.find!(id)).toEqual(first);
  }
  expect(await backend.find!("tpu")).toBeUndefined();
  expect(await backend.find!("cuda:63")).toBeUndefined();
});

it("has a line for every provider, with a fix for each that is missing", async () => {
  const lines = await backend.diagnose!();
  expect(lines[0]).toMatchObject({ subject: "onnx cpu", status: "ok" });
  for (const provider of ["cuda", "webgpu", "dml", "coreml"]) {
    const line = lines.find(({ subject }) => subject.startsWith(`onnx ${provider}`))!;
    expect(line.detail).toMatch(/^[^\n]+$/);
    if (line.status !== "ok") expect(line.fix).toMatch(/\w/);
  }
});

it("refuses a device that does not open, saying why", async () => {
  const cpu = await backend.find!("cpu");
  const absent = backend.open({ ...cpu!, id: "cuda:63" }, {});
  await expect(absent).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  await expect(absent).rejects.toThrow(/^onnx: cuda:63 must open and compute, got: [^\n]+$/);
});
