// The plain training graph of the 784-128-10 network, as one would write it by hand: one state tensor per
// parameter and moment, Adam spelled out for each.
import { ADAM } from "./models.mjs";
import { GraphWriter } from "./onnx.mjs";

export const BATCH = 128;
export const PIXELS = 784;
export const HIDDEN = 128;
export const CLASSES = 10;

/** The network's parameters, in the order of the state. */
export const PARAMETERS = [
  { name: "w1", dims: [PIXELS, HIDDEN] },
  { name: "b1", dims: [HIDDEN] },
  { name: "w2", dims: [HIDDEN, CLASSES] },
  { name: "b2", dims: [CLASSES] },
];

/**
 * Adds Adam for one parameter and declares its three outputs `<name>_p`, `<name>_m`, `<name>_v`.
 * `rate` is the scalar input with the bias-corrected rate of this step: rate * sqrt(1 - beta2^t) / (1 - beta1^t).
 */
export function adamPlain(graph, name, dims, gradient, rate) {
  const p = `${name}_p_in`;
  const m = graph.input(`${name}_m_in`, dims);
  const v = graph.input(`${name}_v_in`, dims);
  const keepM = graph.op("Mul", [m, graph.constant(ADAM.beta1)]);
  const addM = graph.op("Mul", [gradient, graph.constant(1 - ADAM.beta1)]);
  const nextM = graph.op("Add", [keepM, addM], {}, { name: `${name}_m` });
  const square = graph.op("Mul", [gradient, gradient]);
  const keepV = graph.op("Mul", [v, graph.constant(ADAM.beta2)]);
  const addV = graph.op("Mul", [square, graph.constant(1 - ADAM.beta2)]);
  const nextV = graph.op("Add", [keepV, addV], {}, { name: `${name}_v` });
  const root = graph.op("Add", [graph.op("Sqrt", [nextV]), graph.constant(ADAM.epsilon)]);
  const step = graph.op("Mul", [graph.op("Div", [nextM, root]), rate]);
  graph.op("Sub", [p, step], {}, { name: `${name}_p` });
  for (const part of ["p", "m", "v"]) graph.declareOutput(`${name}_${part}`, dims);
}

/** The bias-corrected rate of step `t`, counted from 1. */
export function adamRate(t) {
  return (ADAM.rate * Math.sqrt(1 - ADAM.beta2 ** t)) / (1 - ADAM.beta1 ** t);
}

/** Adds softmax cross entropy (mean over rows); declares the output `loss` and returns the gradient of the logits. */
export function softmaxLoss(graph, logits, labels, batch) {
  const probabilities = graph.op("Softmax", [logits], { axis: -1 });
  const picked = graph.op("Mul", [graph.op("Log", [probabilities]), labels]);
  const total = graph.op("ReduceSum", [picked], { keepdims: 0 });
  graph.op("Mul", [total, graph.constant(-1 / batch)], {}, { name: "loss" });
  graph.declareOutput("loss", []);
  const difference = graph.op("Sub", [probabilities, labels]);
  return graph.op("Mul", [difference, graph.constant(1 / batch)]);
}

/** The bytes of the plain one-step graph. */
export function plainMlp() {
  const graph = new GraphWriter();
  const x = graph.input("x", [BATCH, PIXELS]);
  const y = graph.input("y", [BATCH, CLASSES]);
  const rate = graph.input("rate", []);
  const [w1, b1, w2, b2] = PARAMETERS.map(({ name, dims }) => graph.input(`${name}_p_in`, dims));
  const hidden = graph.op("Sigmoid", [graph.op("Gemm", [x, w1, b1])]);
  const logits = graph.op("Gemm", [hidden, w2, b2]);
  const dLogits = softmaxLoss(graph, logits, y, BATCH);
  const rows = graph.ints([0]);
  const dW2 = graph.op("Gemm", [hidden, dLogits], { transA: 1 });
  const dB2 = graph.op("ReduceSum", [dLogits, rows], { keepdims: 0 });
  const dHidden = graph.op("Gemm", [dLogits, w2], { transB: 1 });
  const slope = graph.op("Mul", [hidden, graph.op("Sub", [graph.constant(1), hidden])]);
  const dZ = graph.op("Mul", [dHidden, slope]);
  const dW1 = graph.op("Gemm", [x, dZ], { transA: 1 });
  const dB1 = graph.op("ReduceSum", [dZ, rows], { keepdims: 0 });
  for (const [index, gradient] of [dW1, dB1, dW2, dB2].entries()) {
    const { name, dims } = PARAMETERS[index];
    adamPlain(graph, name, dims, gradient, rate);
  }
  return graph.bytes();
}
