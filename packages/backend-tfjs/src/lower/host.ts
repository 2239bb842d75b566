// Ops on the host: for what an engine has no kernel, or one that gives another result than the op is defined to give.
// The definition of the core computes them in float64; operands and result cross between device and host.
import type { PrimitiveName, TensorType } from "@fastgpu/core";
import { kernelType } from "../tape/kernel-type.ts";
import type { LoweringOf } from "./lowering.ts";

/** Kernel name of calls that the player makes on the host. */
export const HOST_KERNEL = "FastGpuHost";

/** What a call on the host needs to know. */
export interface HostAttrs {
  readonly op: PrimitiveName;
  readonly types: readonly TensorType[];
  readonly output: TensorType;
  readonly attrs: unknown;
}

/** The lowering of an op that runs on the host. */
export function onHost(op: PrimitiveName): LoweringOf<unknown> {
  return ({ tape, inputs, types, output, attrs }) => {
    const edges = inputs.map((input) => input.in("rows"));
    const host: HostAttrs = { op, types, output, attrs };
    return tape.call(HOST_KERNEL, edges, { ...host }, kernelType(output));
  };
}
