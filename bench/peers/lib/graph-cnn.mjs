// The plain training graph of the convolutional network, as one would write it by hand with the best of the variants
// that were measured: pooling by SpaceToDepth and Max, the gradient of the second filter by im2col and one product,
// that of its input by a transposed convolution. Every parameter and moment is a tensor of its own.
import { adamPlain, softmaxLoss } from "./graph-mlp.mjs";
import { MODELS } from "./models.mjs";
import { GraphWriter } from "./onnx.mjs";

const { batch: BATCH, parameters } = MODELS.cnn;
const window = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] };

/** Names of the parameters in the graph. */
export const CNN_NAMES = ["k1", "c1", "k2", "c2", "w1", "b1", "w2", "b2"];

/** The bytes of the plain one-step graph. */
export function plainCnn() {
  const graph = new GraphWriter();
  const x = graph.input("x", [BATCH, 1, 28, 28]);
  const y = graph.input("y", [BATCH, 10]);
  const rate = graph.input("rate", []);
  const [k1, c1, k2, c2, w1, b1, w2, b2] = CNN_NAMES.map((name, index) =>
    graph.input(`${name}_p_in`, parameters[index].dims),
  );
  const first = graph.op("Relu", [graph.op("Conv", [x, k1, c1], window)]);
  const pool1 = maxPool(graph, first);
  const second = graph.op("Relu", [graph.op("Conv", [pool1.top, k2, c2], window)]);
  const pool2 = maxPool(graph, second);
  const flat = graph.op("Reshape", [pool2.top, graph.ints([BATCH, 3136])]);
  const hidden = graph.op("Relu", [graph.op("Gemm", [flat, w1, b1])]);
  const logits = graph.op("Gemm", [hidden, w2, b2]);

  const dLogits = softmaxLoss(graph, logits, y, BATCH);
  const dW2 = graph.op("Gemm", [hidden, dLogits], { transA: 1 });
  const dHidden = mask(graph, graph.op("Gemm", [dLogits, w2], { transB: 1 }), hidden);
  const dW1 = graph.op("Gemm", [flat, dHidden], { transA: 1 });
  const dFlat = graph.op("Gemm", [dHidden, w1], { transB: 1 });
  const dTop2 = graph.op("Reshape", [dFlat, graph.ints([BATCH, 64, 7, 7])]);
  const dSecond = mask(graph, maxPoolGradient(graph, pool2, dTop2), second);
  const dTop1 = graph.op("ConvTranspose", [dSecond, k2], window);
  const dFirst = mask(graph, maxPoolGradient(graph, pool1, dTop1), first);
  const gradients = [
    filterGradient(graph, x, dFirst, 1, 32, 28),
    sum(graph, dFirst, [0, 2, 3]),
    filterGradient(graph, pool1.top, dSecond, 32, 64, 14),
    sum(graph, dSecond, [0, 2, 3]),
    dW1,
    sum(graph, dHidden, [0]),
    dW2,
    sum(graph, dLogits, [0]),
  ];
  for (const [index, gradient] of gradients.entries()) {
    adamPlain(graph, CNN_NAMES[index], parameters[index].dims, gradient, rate);
  }
  return graph.bytes();
}

function sum(graph, x, axes) {
  return graph.op("ReduceSum", [x, graph.ints(axes)], { keepdims: 0 });
}

/** dy where the ReLU let through, else 0. */
function mask(graph, dy, y) {
  const isOpen = graph.op("Greater", [y, graph.constant(0)]);
  return graph.op("Where", [isOpen, dy, graph.constant(0)]);
}

/** The largest of each 2x2 tile, and the four taps it was taken from. */
function maxPool(graph, x) {
  const depth = graph.op("SpaceToDepth", [x], { blocksize: 2 });
  const taps = graph.op("Split", [depth], { axis: 1, num_outputs: 4 }, { outputs: 4 });
  return { taps, top: graph.op("Max", taps) };
}

/** The gradient goes to the taps that equal the maximum; the first one, as what it took is subtracted for the rest. */
function maxPoolGradient(graph, { taps, top }, dTop) {
  let left = dTop;
  const zero = graph.constant(0);
  const parts = taps.map((tap, index) => {
    if (index === 3) return left;
    const part = graph.op("Where", [graph.op("Equal", [tap, top]), left, zero]);
    left = graph.op("Sub", [left, part]);
    return part;
  });
  const depth = graph.op("Concat", parts, { axis: 1 });
  return graph.op("DepthToSpace", [depth], { blocksize: 2 });
}

/** dW [out, in, 3, 3] from x [n, in, s, s] and dy [n, out, s, s]: im2col and one product. */
function filterGradient(graph, x, dy, inputs, outputs, size) {
  const columns = graph.ints([outputs, BATCH * size * size]);
  const left = graph.op("Reshape", [graph.op("Transpose", [dy], { perm: [1, 0, 2, 3] }), columns]);
  const front = graph.op("Transpose", [x], { perm: [1, 0, 2, 3] });
  const padded = graph.op("Pad", [front, graph.ints([0, 0, 1, 1, 0, 0, 1, 1])]);
  const seen = [];
  for (let row = 0; row < 3; row += 1) {
    for (let column = 0; column < 3; column += 1) {
      const from = graph.ints([row, column]);
      const to = graph.ints([row + size, column + size]);
      seen.push(graph.op("Slice", [padded, from, to, graph.ints([2, 3])]));
    }
  }
  const all = graph.op("Concat", seen, { axis: 0 });
  const rows = graph.op("Reshape", [all, graph.ints([9 * inputs, BATCH * size * size])]);
  const product = graph.op("Gemm", [left, rows], { transB: 1 });
  const split = graph.op("Reshape", [product, graph.ints([outputs, 3, 3, inputs])]);
  return graph.op("Transpose", [split], { perm: [0, 3, 1, 2] });
}
