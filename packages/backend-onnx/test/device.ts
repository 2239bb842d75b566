// The device that tests of this package run on: the CPU provider, or the one named by FASTGPU_ONNX_DEVICE, such as
// `webgpu` where a Vulkan driver is installed.
import type { Device } from "@fastgpu/core";
import backend from "../src/index.ts";

/** Its name. */
export const testDeviceId: string = process.env["FASTGPU_ONNX_DEVICE"] ?? "cpu";

/** Opens it with one thread; the test closes it. */
export async function openTestDevice(): Promise<Device> {
  // Finding one device spares the probes of all others, which take seconds.
  const info = await backend.find?.(testDeviceId);
  if (info === undefined) {
    throw new RangeError(`FASTGPU_ONNX_DEVICE must be a device that opens, got "${testDeviceId}"`);
  }
  return backend.open(info, { threads: 1 });
}
