// Composites as functions: activations, softmax family, losses, normalisation, attention, quantisation.
import type { DType } from "../graph/dtype.ts";
import { normalizeAxis } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { frontAxes, unary } from "./emit.ts";
import { convAttrs, type ConvOptions } from "./linear.ts";

/** max(x, 0). */
export const relu = (x: Value): Value => unary("relu", x);
/** x above 0, alpha x below. */
export const leakyRelu = (x: Value, alpha: number): Value =>
  x.emitter.op("leakyRelu", [x], { alpha });
/** x above 0, alpha (e^x - 1) below. */
export const elu = (x: Value, alpha = 1): Value => x.emitter.op("elu", [x], { alpha });
/** The scaled elu with fixed point mean 0, variance 1. */
export const selu = (x: Value): Value => unary("selu", x);
/** x Phi(x) with the normal distribution function Phi, exact (erf) form. */
export const gelu = (x: Value): Value => unary("gelu", x);
/** The tanh approximation of gelu. */
export const geluTanh = (x: Value): Value => unary("geluTanh", x);
/** x sigmoid(x). */
export const silu = (x: Value): Value => unary("silu", x);
/** log(1 + e^x). */
export const softplus = (x: Value): Value => unary("softplus", x);
/** x / (1 + |x|). */
export const softsign = (x: Value): Value => unary("softsign", x);
/** clip(alpha x + beta, 0, 1). */
export const hardSigmoid = (x: Value, alpha: number, beta: number): Value =>
  x.emitter.op("hardSigmoid", [x], { alpha, beta });
/** x clip(x + 3, 0, 6) / 6. */
export const hardSwish = (x: Value): Value => unary("hardSwish", x);
/** x tanh(softplus(x)). */
export const mish = (x: Value): Value => unary("mish", x);
/** x^2. */
export const square = (x: Value): Value => unary("square", x);
/** min(max(x, min), max). */
export const clip = (x: Value, min: number, max: number): Value =>
  x.emitter.op("clip", [x], { min, max });
/** x, through which no gradient flows. */
export const stopGradient = (x: Value): Value => unary("stopGradient", x);
/** The nearest f16 of an f32, as f32. */
export const roundToHalf = (x: Value): Value => unary("roundToHalf", x);

/** Mean over axes, all by default. */
export const reduceMean = (x: Value, axes?: readonly number[], keepDims = false): Value =>
  x.emitter.op("reduceMean", [x], { axes: frontAxes("reduceMean", x, axes), keepDims });
/** log(sum(e^x)) over axes, all by default, without overflow. */
export const logSumExp = (x: Value, axes?: readonly number[], keepDims = false): Value =>
  x.emitter.op("logSumExp", [x], { axes: frontAxes("logSumExp", x, axes), keepDims });
/** e^x / sum(e^x) along an axis, the last by default. */
export const softmax = (x: Value, axis = -1): Value =>
  x.emitter.op("softmax", [x], { axis: normalizeAxis("softmax", axis, x.shape.length) });
/** log(softmax(x)) along an axis, the last by default. */
export const logSoftmax = (x: Value, axis = -1): Value =>
  x.emitter.op("logSoftmax", [x], { axis: normalizeAxis("logSoftmax", axis, x.shape.length) });
/** 1 at the i32 index along a new last axis of size depth, 0 elsewhere. */
export const oneHot = (indices: Value, depth: number, dtype: DType = "f32"): Value =>
  indices.emitter.op("oneHot", [indices], { depth, dtype });

/** logits [..., c], targets [..., c] -> -sum(targets logSoftmax(logits)) [...]. */
export const softmaxCrossEntropy = (logits: Value, targets: Value): Value =>
  logits.emitter.op("softmaxCrossEntropy", [logits, targets], {});
/** logits [..., c], labels i32 [...] -> -logSoftmax(logits) at the label [...]. */
export const sparseSoftmaxCrossEntropy = (logits: Value, labels: Value): Value =>
  logits.emitter.op("sparseSoftmaxCrossEntropy", [logits, labels], {});
/** Binary cross-entropy of sigmoid(logits) against targets, elementwise and stable. */
export const sigmoidCrossEntropy = (logits: Value, targets: Value): Value =>
  logits.emitter.op("sigmoidCrossEntropy", [logits, targets], {});

/** x [..., k] w [k, n] + b [n] -> [..., n]. */
export const dense = (x: Value, w: Value, b: Value): Value => x.emitter.op("dense", [x, w, b], {});
/** conv(x, w) + b [co] along the channel axis. */
export const convBias = (x: Value, w: Value, b: Value, options: ConvOptions = {}): Value =>
  x.emitter.op("convBias", [x, w, b], convAttrs(x.shape.length - 2, options));

/** Normalises x over axes axis..last to mean 0, variance 1, then scales and shifts; scale and bias have those axes. */
export const layerNorm = (
  x: Value,
  scale: Value,
  bias: Value,
  axis: number,
  epsilon: number,
): Value =>
  x.emitter.op("layerNorm", [x, scale, bias], {
    axis: normalizeAxis("layerNorm", axis, x.shape.length),
    epsilon,
  });
/** Normalises x [n, c, ...] within each of `groups` runs of channels; scale [c], bias [c]. */
export const groupNorm = (
  x: Value,
  scale: Value,
  bias: Value,
  groups: number,
  epsilon: number,
): Value => x.emitter.op("groupNorm", [x, scale, bias], { groups, epsilon });
/** (x - mean) / sqrt(variance + epsilon) scale + bias along channel axis 1, with given statistics [c]. */
export const batchNorm = (
  x: Value,
  scale: Value,
  bias: Value,
  mean: Value,
  variance: Value,
  epsilon: number,
): Value => x.emitter.op("batchNorm", [x, scale, bias, mean, variance], { epsilon });
/** batchNorm with the batch's own mean and biased variance. */
export const batchNormTraining = (x: Value, scale: Value, bias: Value, epsilon: number): Value =>
  x.emitter.op("batchNormTraining", [x, scale, bias], { epsilon });

/** x with a share `rate` of its elements zeroed and the rest scaled by 1 / (1 - rate); key i32[2]. */
export const dropout = (x: Value, key: Value, rate: number): Value =>
  x.emitter.op("dropout", [x, key], { rate });
/** softmax(scale q k^T) v over q, k, v [..., t, d]; causal masks keys after the query. */
export const attention = (q: Value, k: Value, v: Value, scale: number, causal = false): Value =>
  q.emitter.op("attention", [q, k, v], { scale, causal });

/** One step of an LSTM: x [b, k], h [b, u], c [b, u], wx [k, 4u], wh [u, 4u], bias [4u] -> [h' | c'] [b, 2u]. */
export const lstmStep = (x: Value, h: Value, c: Value, wx: Value, wh: Value, bias: Value): Value =>
  x.emitter.op("lstmStep", [x, h, c, wx, wh, bias], {});
/** One step of a GRU: x [b, k], h [b, u], wx [k, 3u], wh [u, 3u], bx [3u], bh [3u] -> h' [b, u]. */
export const gruStep = (x: Value, h: Value, wx: Value, wh: Value, bx: Value, bh: Value): Value =>
  x.emitter.op("gruStep", [x, h, wx, wh, bx, bh], {});

/** round(x / scale) + zeroPoint, saturated to an 8-bit dtype; scale [] or [c] along axis. */
export const quantizeLinear = (
  x: Value,
  scale: Value,
  dtype: "i8" | "u8",
  zeroPoint = 0,
  axis = 0,
): Value => x.emitter.op("quantizeLinear", [x, scale], { axis, dtype, zeroPoint });
/** (q - zeroPoint) scale; scale [] or [c] along axis. */
export const dequantizeLinear = (q: Value, scale: Value, zeroPoint = 0, axis = 0): Value =>
  q.emitter.op("dequantizeLinear", [q, scale], { axis, zeroPoint });
/** x f32 [..., k] times w i8 [k, n] scale [n]: x is quantised to u8 by its range, products summed in i32. */
export const int8Matmul = (x: Value, w: Value, scale: Value): Value =>
  x.emitter.op("int8Matmul", [x, w, scale], {});
