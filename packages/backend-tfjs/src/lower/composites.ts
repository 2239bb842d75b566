// Lowerings of the composites that engines have as one kernel; the others are inlined.
import type { CompositeName } from "@fastgpu/core";
import { fuseRules } from "../fuse/fuse-rules.ts";
import { ROUND_TO_HALF } from "../fuse/fused-program.ts";
import { elementwise } from "./elementwise.ts";
import { unaryKernel } from "./kernels.ts";
import { onHost } from "./host.ts";
import type { Lowering } from "./lowering.ts";

/** A step of a fused program; engines without those round on the host. */
const roundToHalf: Lowering<"roundToHalf"> = (context) => {
  if (fuseRules[context.engine] === undefined) {
    const output = { ...context.output, dtype: "f16" as const };
    return onHost("cast")({ ...context, output, attrs: { dtype: "f16" } });
  }
  return elementwise((tape, [x]) => unaryKernel(tape, ROUND_TO_HALF, x!))(context);
};

/** Native lowerings of composites, by name. */
export const compositeLowerings: { readonly [K in CompositeName]?: Lowering<K> } = {
  relu: elementwise((tape, [x]) => unaryKernel(tape, "Relu", x!)),
  roundToHalf,
};
