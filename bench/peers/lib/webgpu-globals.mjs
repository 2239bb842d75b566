// A browser's WebGPU for libraries that look for one: Dawn's binding for Node as `navigator.gpu`, and its constants.
import { create, globals } from "webgpu";

/** Sets the globals and returns the description of the adapter that a library will be given. */
export async function installWebgpu() {
  const gpu = create([]);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu, userAgent: "node" },
    configurable: true,
  });
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("webgpu: there must be an adapter, got none");
  return adapter.info.description || adapter.info.device;
}
