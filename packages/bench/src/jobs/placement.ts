// Where the operators of a program really ran, as the engine's own profile says.
import type { KernelTiming } from "@fastgpu/core";
import type { JobContext, RemoteDevice } from "@fastgpu/runtime";
import { resolveTarget, type Target } from "./target.ts";

/** The kernels of one more run, empty if the engine does not tell. */
export function kernelsOf(device: RemoteDevice, target: Target): Promise<readonly KernelTiming[]> {
  const module = new URL("../../dist/jobs/placement.js", import.meta.url).href;
  return device.runJob({ module, name: "kernels" }, target);
}

/** The job; call it through `kernelsOf`. */
export async function kernels(
  context: JobContext<never>,
  target: Target,
): Promise<readonly KernelTiming[]> {
  return (await resolveTarget(context, target).timings?.()) ?? [];
}
