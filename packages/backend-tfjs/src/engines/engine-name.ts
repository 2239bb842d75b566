// The engines of TensorFlow.js by name, best first. A device's id is the name of its engine.

/** An engine of TensorFlow.js. */
export type EngineName = "node-gpu" | "node" | "webgpu" | "wasm" | "cpu";

/** All engines in the order in which the best that opens is taken. */
export const engineNames: readonly EngineName[] = ["node-gpu", "node", "webgpu", "wasm", "cpu"];

/** Whether a text names an engine. */
export function isEngineName(text: string): text is EngineName {
  return engineNames.some((name) => name === text);
}
