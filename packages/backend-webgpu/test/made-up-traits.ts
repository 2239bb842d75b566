// Adapters that need not be on the machine, for tests of what the compiler writes and chooses.
import type { AdapterTraits } from "../src/kernels/kernel.ts";

/** A GPU that can do everything but matrix units. */
export const gpuTraits: AdapterTraits = {
  isSoftware: false,
  hasF16: true,
  hasSubgroups: true,
  subgroupMinSize: 32,
  subgroupMaxSize: 32,
  hasSubgroupIds: true,
  hasPackedDot: true,
  subgroupMatrices: [],
  maxWorkgroupBytes: 32_768,
  maxWorkgroupLanes: 1024,
  maxBindings: 16,
  maxBindingBytes: 2 ** 27,
  maxBufferBytes: 2 ** 28,
};

/** A CPU whose subgroups are vector registers of 8 lanes, as lavapipe shows it. */
export const softwareTraits: AdapterTraits = {
  ...gpuTraits,
  isSoftware: true,
  subgroupMinSize: 8,
  subgroupMaxSize: 8,
};
