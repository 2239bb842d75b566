// Nodes that must run on the CPU although the session has an accelerator: its kernels claim them and then fail in the run.
// The engine moves everything that an accelerator does not claim by itself.
import type { InferenceSession } from "onnxruntime-node";

/** What is known of a node of a model. */
export interface NodeOutline {
  readonly name: string;
  readonly opType: string;
  /** Names of its outputs; empty for one that is left out. */
  readonly output: readonly string[];
  readonly attribute: readonly { readonly name: string; readonly ints: readonly bigint[] }[];
}

type Claim = (node: NodeOutline) => boolean;

const hasOutput = (node: NodeOutline, index: number): boolean => (node.output[index] ?? "") !== "";

/** Buffers a shader may bind on every adapter that WebGPU admits to, less the input of a Split. */
const SPLIT_LIMIT = 7;

/** By operator: whether the WebGPU provider of ONNX Runtime 1.30 claims a node that it cannot run or gets wrong. */
const falseClaims: Readonly<Record<string, Claim>> = {
  // "The Indices output is not supported yet"
  MaxPool: (node) => hasOutput(node, 1),
  // Training mode, which is the only one with more than one output.
  BatchNormalization: (node) => hasOutput(node, 1),
  // "Only Conv2d or Conv1d are supported"
  ConvTranspose: ({ attribute }) =>
    attribute.some(({ name, ints }) => name === "kernel_shape" && ints.length > 2),
  // "Too many storage buffers in shader"
  Split: ({ output }) => output.length > SPLIT_LIMIT,
  // Operands of different shapes: "raw_hash_map<>::at". The outline does not tell shapes.
  Pow: () => true,
  // Does not subtract the maximum, so it overflows from 89 on.
  ReduceLogSumExp: () => true,
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
