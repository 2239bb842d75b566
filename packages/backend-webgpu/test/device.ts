// The device that tests of this package run on: the first adapter, skipped loudly where there is none.
import type { Device, OpenOptions } from "@fastgpu/core";
import backend from "../src/index.ts";
import type { AdapterTraits } from "../src/kernels/kernel.ts";

const [first] = await backend.devices();

/** Whether there is an adapter; without one the tests are skipped, unless FASTGPU_REQUIRE names webgpu. */
export const hasAdapter: boolean = first !== undefined || isRequired();

/** Opens it; the test closes it. */
export async function openTestDevice(options: OpenOptions = {}): Promise<Device> {
  if (first === undefined) throw new RangeError("FASTGPU_REQUIRE names webgpu, got no adapter");
  return backend.open(first, options);
}

function isRequired(): boolean {
  return (process.env["FASTGPU_REQUIRE"] ?? "").split(",").includes("webgpu");
}

/** A GPU that can do everything but matrix units, for tests of what the compiler writes. */
export const gpuTraits: AdapterTraits = {
  isSoftware: false,
  hasF16: true,
  hasSubgroups: true,
  subgroupMinSize: 32,
  subgroupMaxSize: 32,
  hasPackedDot: true,
  subgroupMatrices: [],
  maxWorkgroupBytes: 32_768,
  maxWorkgroupLanes: 1024,
  maxBindings: 16,
  maxBindingBytes: 2 ** 27,
  maxBufferBytes: 2 ** 28,
};
