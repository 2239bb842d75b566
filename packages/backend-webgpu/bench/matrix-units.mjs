// Backend `webgpu` as on a GPU, with every product of f16 factors on the adapter's matrix units, whatever its size: for
// checking units where software emulates them and other methods are faster. FASTGPU_UNIT_ROWS wishes for a height of blocks
// (default: the smallest, as compiling takes longest). Lists no device where there are no units.
//
//     fastgpu-bench conformance --backend ./packages/backend-webgpu/bench/matrix-units.mjs --filter f16
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAdapters } from "../dist/adapter/adapters.js";
import { openAdapter } from "../dist/adapter/open-adapter.js";
import { KernelChoices } from "../dist/device/kernel-choices.js";
import { WebGpuDevice } from "../dist/device/webgpu-device.js";
import { halfUnit } from "../dist/kernels/product-units.js";

const wish = { method: "units", rows: Number(process.env.FASTGPU_UNIT_ROWS ?? 1) };

async function open(info, options) {
  const { gpu, traits } = await openAdapter(info.name, options);
  // Nothing is stored there: what was measured on this machine says nothing about other methods.
  const choices = await KernelChoices.open(info, join(tmpdir(), "fastgpu-no-choices"));
  const asGpu = { ...traits, isSoftware: false };
  return new WebGpuDevice(info, gpu, asGpu, options.memoryLimitBytes, choices, undefined, wish);
}

async function devices() {
  const usable = (await findAdapters()).filter(({ refusal }) => refusal === undefined);
  const found = [];
  for (const { info } of usable) {
    const { gpu, traits } = await openAdapter(info.name, {});
    gpu.destroy();
    if (halfUnit(traits) !== undefined) found.push(info);
  }
  return found;
}

export default { name: "webgpu-matrix-units", devices, open };
