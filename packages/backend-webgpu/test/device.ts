// The device that tests of this package run on: the first adapter, skipped loudly where there is none.
import type { Device, OpenOptions } from "@fastgpu/core";
import backend from "../src/index.ts";

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
