// The device that tests of this package run on: the CPU provider, or the one named by FASTGPU_ONNX_DEVICE, such as
// `webgpu` where a Vulkan driver is installed.
import type { Device } from "@fastgpu/core";
import backend from "../src/index.ts";

/** Its name. */
export const testDeviceId: string = process.env["FASTGPU_ONNX_DEVICE"] ?? "cpu";

/** Opens it with one thread; the test closes it. */
export async function openTestDevice(): Promise<Device> {
  const devices = await backend.devices();
  const info = devices.find(({ id }) => id === testDeviceId);
  if (info === undefined) {
    const known = devices.map(({ id }) => id).join(", ");
    throw new RangeError(`FASTGPU_ONNX_DEVICE must be one of ${known}, got "${testDeviceId}"`);
  }
  return backend.open(info, { threads: 1 });
}
