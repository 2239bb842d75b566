// What users are told of providers that open, that open on a software renderer, and that do not open.
import { expect, it } from "vitest";
import { diagnose, fixFor } from "./diagnosis.ts";
import { acceleratorDevice, acceleratorNames } from "./probe.ts";

const webgpu = { provider: "webgpu", deviceId: 0 };

it("calls a device software only if every driver is", () => {
  const software = acceleratorDevice({ ...webgpu, drivers: ["libvulkan_lvp"] });
  expect(software).toMatchObject({ id: "webgpu", isSoftware: true, driver: "lavapipe (software)" });
  const mixed = acceleratorDevice({ ...webgpu, drivers: ["libvulkan_lvp", "libvulkan_radeon"] });
  expect(mixed.isSoftware).toBeUndefined();
  const unknown = acceleratorDevice({ ...webgpu, drivers: [] });
  expect(unknown).not.toHaveProperty("isSoftware");
  expect(acceleratorDevice({ provider: "cuda", deviceId: 1, drivers: [] }).id).toBe("cuda:1");
});

it("says how each provider fares", () => {
  expect(diagnose({ ...webgpu, drivers: ["libvulkan_lvp"] })).toMatchObject({
    subject: "onnx webgpu",
    status: "ok",
    detail: expect.stringContaining("slowly") as unknown,
  });
  const missing = diagnose({ ...webgpu, failure: "no adapter", drivers: [] });
  expect(missing).toMatchObject({ status: "missing", detail: "no adapter" });
  for (const name of acceleratorNames) expect(fixFor(`${name}:0`)).not.toContain("list devices");
});
