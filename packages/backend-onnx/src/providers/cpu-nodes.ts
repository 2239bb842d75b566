// Nodes that must run on the CPU although the session has an accelerator: its kernels claim them and then fail in the run.
// The engine moves everything that an accelerator does not claim by itself.
import type { InferenceSession } from "onnxruntime-node";

/** What is known of a node of a model. */
export interface NodeOutline {
  readonly name: string;
  readonly opType: string;
  /** Names of its outputs; empty for one that is left out. */
  readonly output: readonly string[];
}

type Claim = (node: NodeOutline) => boolean;

const hasOutput = (node: NodeOutline, index: number): boolean => (node.output[index] ?? "") !== "";

/** By operator: whether the WebGPU provider of ONNX Runtime 1.30 claims a node that it cannot run. */
const falseClaims: Readonly<Record<string, Claim>> = {
  // "The Indices output is not supported yet"
  MaxPool: (node) => hasOutput(node, 1),
  // Training mode, which is the only one with more than one output.
  BatchNormalization: (node) => hasOutput(node, 1),
};

/**
 * Session options under which a provider does not get the nodes of a model that it would fail on. Nodes without a name
 * cannot be kept from it.
 */
export function withCpuNodes(
  options: InferenceSession.SessionOptions,
  nodes: readonly NodeOutline[],
): InferenceSession.SessionOptions {
  const names = nodes
    .filter((node) => node.name !== "" && falseClaims[node.opType]?.(node) === true)
    .map(({ name }) => name);
  const { executionProviders = [] } = options;
  if (names.length === 0 || !executionProviders.some(isWebgpu)) return options;
  return {
    ...options,
    executionProviders: executionProviders.map((provider) =>
      isWebgpu(provider) ? { name: "webgpu", forceCpuNodeNames: names } : provider,
    ),
  };
}

function isWebgpu(provider: InferenceSession.ExecutionProviderConfig): boolean {
  return (typeof provider === "string" ? provider : provider.name) === "webgpu";
}
