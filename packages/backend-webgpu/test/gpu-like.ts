// The first adapter told to be a GPU, so that kernels for GPUs run where software would take others.
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "@fastgpu/core";
import { openAdapter } from "../src/adapter/open-adapter.ts";
import { KernelChoices } from "../src/device/kernel-choices.ts";
import { WebGpuDevice } from "../src/device/webgpu-device.ts";
import backend from "../src/index.ts";
import type { AdapterTraits } from "../src/kernels/kernel.ts";
import type { KernelWish } from "../src/lower/kernel-wish.ts";

/** Opens it, without choices stored on this machine, with what else the test pretends; the test closes it. */
export async function openAsGpu(
  wish: KernelWish = {},
  pretended: Partial<AdapterTraits> = {},
): Promise<Device> {
  const [info] = await backend.devices();
  if (info === undefined) throw new RangeError("an adapter must be there, got none");
  const { gpu, traits } = await openAdapter(info.name, {});
  const choices = await KernelChoices.open(info, join(tmpdir(), "fastgpu-no-choices"));
  const asGpu = { ...traits, isSoftware: false, ...pretended };
  return new WebGpuDevice(info, gpu, asGpu, undefined, choices, undefined, wish);
}
