// Lowerings of the composites that engines have as one kernel; the others are inlined.
import type { CompositeName } from "@fastgpu/core";
import { elementwise } from "./elementwise.ts";
import { unaryKernel } from "./kernels.ts";
import type { Lowering } from "./lowering.ts";

/** Native lowerings of composites, by name. */
export const compositeLowerings: { readonly [K in CompositeName]?: Lowering<K> } = {
  relu: elementwise((tape, [x]) => unaryKernel(tape, "Relu", x!)),
};
