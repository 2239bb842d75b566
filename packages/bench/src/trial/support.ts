// Whether a device can do the work of a trial at all; if not, that is the trial's outcome.
import { UnsupportedOpError, type Graph } from "@fastgpu/core";
import type { RemoteDevice } from "@fastgpu/runtime";

/** @throws {UnsupportedOpError} with the device's own reason */
export async function requireSupport(device: RemoteDevice, graph: Graph): Promise<void> {
  const answer = await device.supportsGraph(graph);
  if (answer === true) return;
  throw new UnsupportedOpError(answer.reason);
}
