// Lowerings of the composites that ONNX has as one operator; the others are inlined.
import { sizeOf, type CompositeName } from "@fastgpu/core";
import { float, type OnnxAttribute } from "../model/model-writer.ts";
import { conv } from "./conv.ts";
import { axisOf, castTo, reshapeTo, type Lowering, type LoweringOf } from "./lowering.ts";
import { reduction } from "./reductions.ts";

/** An op of one ONNX node whose attributes follow from the op's. */
function node<A>(
  type: string,
  attributes: (attrs: A) => Record<string, OnnxAttribute> = () => ({}),
): LoweringOf<A> {
  return ({ writer, inputs, attrs }) =>
    writer.node(type, inputs, { attributes: attributes(attrs) });
}

/** An op along one axis. */
function alongAxis(type: string): LoweringOf<{ readonly axis: number }> {
  return ({ writer, inputs, types, attrs }) =>
    writer.node(type, inputs, { attributes: { axis: axisOf(attrs.axis, types[0]!.shape.length) } });
}

/** clip(x, min, max); the bounds are scalars of the type of x. */
const clip: Lowering<"clip"> = ({ writer, inputs, output, attrs }) => {
  const bound = (value: number): string => writer.scalar(output.dtype, value);
  return writer.node("Clip", [inputs[0]!, bound(attrs.min), bound(attrs.max)]);
};

/** All leading axes are rows of one Gemm, which adds the bias as it stores. */
const dense: Lowering<"dense"> = ({ writer, inputs, types, output }) => {
  const { shape } = types[0]!;
  if (shape.length === 2) return writer.node("Gemm", inputs);
  const rows = reshapeTo(writer, inputs[0]!, [sizeOf(shape.slice(0, -1)), shape.at(-1)!]);
  return reshapeTo(writer, writer.node("Gemm", [rows, inputs[1]!, inputs[2]!]), output.shape);
};

const quantizeLinear: Lowering<"quantizeLinear"> = ({ writer, inputs, types, attrs }) => {
  const { shape } = types[1]!;
  const zeros = new Array<number>(sizeOf(shape)).fill(attrs.zeroPoint);
  const axis = axisOf(attrs.axis, types[0]!.shape.length);
  const zeroPoint = writer.constant(attrs.dtype, shape, zeros);
  return writer.node("QuantizeLinear", [...inputs, zeroPoint], { attributes: { axis } });
};

/** u8 activations with i8 weights have the fast kernel; both i8 would be five times slower than floats. */
const int8Matmul: Lowering<"int8Matmul"> = ({ writer, inputs }) => {
  const [x, w, scale] = inputs;
  const [steps, scaleX, zeroPoint] = writer.multi("DynamicQuantizeLinear", [x!], 3);
  const sums = writer.node("MatMulInteger", [steps!, w!, zeroPoint!]);
  const factor = writer.node("Mul", [scale!, scaleX!]);
  return writer.node("Mul", [castTo(writer, sums, "f32"), factor]);
};

/** Native lowerings of composites, by name. */
export const compositeLowerings: { readonly [K in CompositeName]?: Lowering<K> } = {
  relu: node("Relu"),
  leakyRelu: node("LeakyRelu", ({ alpha }) => ({ alpha: float(alpha) })),
  elu: node("Elu", ({ alpha }) => ({ alpha: float(alpha) })),
  selu: node("Selu"),
  gelu: node("Gelu"),
  geluTanh: node("Gelu", () => ({ approximate: "tanh" })),
  softplus: node("Softplus"),
  softsign: node("Softsign"),
  hardSigmoid: node("HardSigmoid", ({ alpha, beta }) => ({
    alpha: float(alpha),
    beta: float(beta),
  })),
  hardSwish: node("HardSwish"),
  mish: node("Mish"),
  clip,
  reduceMean: reduction("ReduceMean"),
  logSumExp: reduction("ReduceLogSumExp"),
  softmax: alongAxis("Softmax"),
  logSoftmax: alongAxis("LogSoftmax"),
  dense,
  convBias: conv,
  layerNorm: ({ writer, inputs, types, attrs }) =>
    writer.node("LayerNormalization", inputs, {
      attributes: {
        axis: axisOf(attrs.axis, types[0]!.shape.length),
        epsilon: float(attrs.epsilon),
      },
    }),
  batchNorm: node("BatchNormalization", ({ epsilon }) => ({ epsilon: float(epsilon) })),
  quantizeLinear,
  int8Matmul,
};
