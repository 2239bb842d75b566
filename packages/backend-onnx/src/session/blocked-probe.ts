// Finds out once per device whether the engine's blocked kernels can be used, and with which size of a block: the
// operators are internal, so a release may change or drop them, and the size follows the processor. The graph with plain
// operators is the yardstick and the fallback.
import { GraphBuilder, type Graph, type Value } from "@fastgpu/core";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { lowerGraph } from "../lower/lower-graph.ts";

/** Kernels of a program: scaled sums alone, or convolutions too. */
export type BlockedKernels = "sums" | "all";

/** Sizes to try: that of AVX-512 first, then that of AVX2 and of Arm. */
const candidates = [16, 8, 4];

/** Largest difference from the plain operators, relative to 1: far above rounding, far below any wrong order. */
const tolerance = 1e-4;

const shapes = {
  x: [2, 32, 5, 4],
  filter: [48, 32, 3, 3],
  bias: [48],
  flat: [64, 256],
  image: [2, 3, 6, 4],
  stem: [48, 3, 3, 3],
} as const;

/**
 * Channels in a block for which convolutions with bias, pools, their gradients, and scaled sums agree with the plain
 * operators; undefined if there is none.
 *
 * @param options - those of every session of the device
 * @param kernels - what a program needs; sums alone are tried in less time
 */
export async function probeBlocks(
  options: InferenceSession.SessionOptions,
  kernels: BlockedKernels,
): Promise<number | undefined> {
  const graph = probeGraph(kernels);
  const expected = await results(graph, undefined, options);
  for (const block of candidates) {
    const found = await results(graph, block, options).catch(() => undefined);
    if (found?.length === expected.length && found.every((y, i) => isNear(y, expected[i]))) {
      return block;
    }
  }
  return undefined;
}

function isNear(y: number, expected: number | undefined): boolean {
  return expected !== undefined && Math.abs(y - expected) <= tolerance;
}

function probeGraph(kernels: BlockedKernels): Graph {
  const b = new GraphBuilder("blocked kernels");
  if (kernels === "all") convolutions(b);
  const flat = b.input("flat", "f32", shapes.flat);
  const twice = b.op("add", [b.op("mul", [flat, b.scalar(0.5, "f32")], {}), flat], {});
  const scaled = b.op("mul", [b.input("factor", "f32", []), twice], {});
  b.output("difference", b.op("sub", [flat, scaled], {}));
  return b.build();
}

/** A convolution with bias and its gradient by the input, and what follows an image. */
function convolutions(b: GraphBuilder): void {
  const x = b.input("x", "f32", shapes.x);
  const filter = b.input("filter", "f32", shapes.filter);
  const bias = b.input("bias", "f32", shapes.bias);
  const window = {
    strides: [1, 1],
    padding: [
      [1, 1],
      [0, 1],
    ],
    dilations: [1, 1],
    groups: 1,
  } as const;
  const y = b.op("convBias", [x, filter, bias], window);
  b.output("y", y);
  b.output("dx", b.op("convInputGrad", [y, filter], { ...window, inputShape: shapes.x }));
  trainStem(b, bias, window.strides);
}

/** A convolution of an image, pooled, and the gradient by its filter: the path through tiles. */
function trainStem(b: GraphBuilder, bias: Value, strides: readonly number[]): void {
  const image = b.input("image", "f32", shapes.image);
  const stem = b.input("stem", "f32", shapes.stem);
  const window = {
    strides,
    padding: [[1, 1] as const, [1, 1] as const],
    dilations: [1, 1],
    groups: 1,
  };
  const active = b.op("relu", [b.op("convBias", [image, stem, bias], window)], {});
  const pool = { window: [2, 2], strides: [2, 2], padding: [[0, 0] as const, [0, 0] as const] };
  const pooled = b.op("maxPool", [active], pool);
  b.output("pooled", pooled);
  const gradient = b.op("maxPoolGrad", [active, pooled, pooled], pool);
  const filterShape = shapes.stem;
  b.output("dw", b.op("convFilterGrad", [image, gradient], { ...window, filterShape }));
}

async function results(
  graph: Graph,
  blockChannels: number | undefined,
  options: InferenceSession.SessionOptions,
): Promise<number[]> {
  const { bytes, inputs, outputs } = lowerGraph(graph, {}, { blockChannels });
  const session = await InferenceSession.create(bytes, options);
  try {
    const feeds = inputs.map(({ edge, type }, seed) => [edge, wave(type.shape, seed + 1)] as const);
    const found = await session.run(Object.fromEntries(feeds));
    return outputs.flatMap(({ edge }) => Array.from(found[edge]?.data as Float32Array));
  } finally {
    await session.release();
  }
}

/** Small numbers without a pattern along any axis. */
function wave(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i * i * 0.7) / 4);
  return new Tensor("float32", values, shape);
}
