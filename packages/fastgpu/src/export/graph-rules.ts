// How each op is written in a graph model: the ops that the executor of TensorFlow.js has.
// https://github.com/tensorflow/tfjs/tree/tfjs-v4.22.0/tfjs-converter/src/operations/op_list
import { tensorFrom, type DType, type OpName, type PrimitiveName } from "@fastgpu/core";
import { operand, type Rule } from "./graph-rule.ts";
import { typeAttr } from "./graph-writer.ts";
import { avgPool, conv, convBias, maxPool } from "./graph-windows.ts";

function typed(dtype: DType): { readonly T: ReturnType<typeof typeAttr> } {
  return { T: typeAttr(dtype) };
}

/** An op of one operand. */
function unary<K extends OpName>(op: string): Rule<K> {
  return (node) => {
    const { name, dtype } = operand(node, 0);
    return node.writer.elementwise(op, name, typed(dtype));
  };
}

/** An op of operands that are broadcast to each other. */
function nary<K extends OpName>(op: string): Rule<K> {
  return (node) =>
    node.writer.op(
      op,
      node.inputs.map(({ name }) => name),
      typed(operand(node, node.inputs.length - 1).dtype),
    );
}

/** For ops that belong to training or to several devices. */
function absent<K extends OpName>(op: string): Rule<K> {
  return (node) => node.refuse("op must be one that graph models have", op);
}

const reduction =
  <K extends "reduceSum" | "reduceMax" | "reduceMin" | "reduceProd" | "reduceMean">(
    op: string,
  ): Rule<K> =>
  (node) => {
    const { axes, keepDims } = node.attrs as { axes: readonly number[]; keepDims: boolean };
    const { name, dtype } = operand(node, 0);
    const attr = { keep_dims: { b: keepDims }, ...typed(dtype) };
    return node.writer.op(op, [name, node.writer.ints(axes)], attr);
  };

const matmul: Rule<"matmul"> = (node) => {
  const { attrs, writer } = node;
  const [a, b] = [operand(node, 0), operand(node, 1)];
  const isPlain = a.shape.length === 2 && b.shape.length === 2;
  const [first, second] = isPlain ? ["transpose_a", "transpose_b"] : ["adj_x", "adj_y"];
  return writer.op(isPlain ? "MatMul" : "BatchMatMulV2", [a.name, b.name], {
    [first]: { b: attrs.transposeA },
    [second]: { b: attrs.transposeB },
    ...typed(a.dtype),
  });
};

/** x [..., k] times kernel [k, n] plus bias. */
const dense: Rule<"dense"> = (node) => {
  const { writer, output } = node;
  const [x, kernel, bias] = [operand(node, 0), operand(node, 1), operand(node, 2)];
  const isMatrix = x.shape.length === 2;
  const rows = isMatrix ? x.name : writer.reshape(x.name, [-1, x.shape.at(-1) ?? 1]);
  const attr = { transpose_a: { b: false }, transpose_b: { b: false }, ...typed(x.dtype) };
  const product = writer.op("MatMul", [rows, kernel.name], attr);
  const sum = writer.op("AddV2", [product, bias.name], typed(x.dtype));
  return isMatrix ? sum : writer.reshape(sum, output.shape);
};

const reshape: Rule<"reshape"> = (node) => {
  const { name } = operand(node, 0);
  const { shape } = node.output;
  if (shape.filter((size) => size === -1).length <= 1) return node.writer.reshape(name, shape);
  return node.refuse("one size at most may grow with the batch", shape.join("x"));
};

/** Sizes of 1 are repeated; the batch itself is never made. */
const broadcastTo: Rule<"broadcastTo"> = (node) => {
  const { writer, output } = node;
  const x = operand(node, 0);
  const missing = output.shape.length - x.shape.length;
  const sizes = [...new Array<number>(missing).fill(1), ...x.shape];
  const times = output.shape.map((size, axis) => (size === sizes[axis] ? 1 : size));
  if (times.includes(-1)) {
    return node.refuse("a value must not be repeated along the batch", output.shape.join("x"));
  }
  const wide = missing === 0 ? x.name : writer.reshape(x.name, sizes);
  if (times.every((n) => n === 1)) return wide;
  return writer.op("Tile", [wide, writer.ints(times)], typed(x.dtype));
};

const slice: Rule<"slice"> = (node) => {
  const { writer, attrs } = node;
  const { name, shape, dtype } = operand(node, 0);
  const { starts, limits, strides } = attrs;
  const isOpen = (axis: number): boolean => shape[axis] === -1;
  if (shape.some((_, axis) => isOpen(axis) && (starts[axis] !== 0 || strides[axis] !== 1))) {
    return node.refuse("the batch must be whole", starts.join(","));
  }
  if (strides.every((step) => step === 1)) {
    const size = limits.map((limit, axis) => (isOpen(axis) ? -1 : limit - (starts[axis] ?? 0)));
    return writer.op("Slice", [name, writer.ints(starts), writer.ints(size)], typed(dtype));
  }
  const mask = shape.reduce((bits, _, axis) => bits + (isOpen(axis) ? 2 ** axis : 0), 0);
  const borders = [starts, limits, strides].map((list) => writer.ints(list));
  return writer.op("StridedSlice", [name, ...borders], {
    end_mask: { i: String(mask) },
    ...typed(dtype),
  });
};

const pad: Rule<"pad"> = (node) => {
  const { writer, attrs } = node;
  const { name, dtype } = operand(node, 0);
  const { low, high, interior, value } = attrs;
  if (interior.some((gap) => gap !== 0)) {
    return node.refuse("elements must not be spread apart", interior.join(","));
  }
  const pairs = low.flatMap((size, axis) => [size, high[axis] ?? 0]);
  const sides = writer.constant(tensorFrom("i32", [low.length, 2], pairs));
  return writer.op("PadV2", [name, sides, writer.constant(tensorFrom(dtype, [], [value]))], {
    ...typed(dtype),
  });
};

const concat: Rule<"concat"> = (node) => {
  const { writer, attrs, inputs, output } = node;
  const axis = attrs.axis < 0 ? attrs.axis + output.shape.length : attrs.axis;
  const along = writer.constant(tensorFrom("i32", [], [axis]));
  const attr = { N: { i: String(inputs.length) }, ...typed(output.dtype) };
  return writer.op("ConcatV2", [...inputs.map(({ name }) => name), along], attr);
};

const gather: Rule<"gather"> = (node) => {
  const { writer, attrs } = node;
  const [x, indices] = [operand(node, 0), operand(node, 1)];
  const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis;
  const along = writer.constant(tensorFrom("i32", [], [axis]));
  const attr = { batch_dims: { i: "0" }, Tparams: typeAttr(x.dtype) };
  return writer.op("GatherV2", [x.name, indices.name, along], attr);
};

const iota: Rule<"iota"> = ({ writer, output, attrs, refuse }) => {
  const { shape, dtype } = output;
  if (shape.includes(-1)) return refuse("a count must not grow with the batch", shape.join("x"));
  const after = shape.slice(attrs.axis + 1).reduce((product, size) => product * size, 1);
  const total = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length: total }, (_, i) => Math.floor(i / after));
  return writer.constant(
    tensorFrom(
      dtype,
      shape,
      values.map((value) => value % (shape[attrs.axis] ?? 1)),
    ),
  );
};

const argMax: Rule<"argMax"> = (node) => {
  const { writer, attrs, output } = node;
  const x = operand(node, 0);
  const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis;
  const along = writer.constant(tensorFrom("i32", [], [axis]));
  const place = writer.op("ArgMax", [x.name, along], typed(x.dtype));
  return attrs.keepDims ? writer.reshape(place, output.shape) : place;
};

const cast: Rule<"cast"> = (node) => {
  const { name, dtype } = operand(node, 0);
  const [SrcT, DstT] = [typeAttr(dtype), typeAttr(node.output.dtype)];
  if (SrcT === undefined || DstT === undefined) {
    return node.refuse("dtype must be f32, i32 or bool", node.output.dtype);
  }
  return node.writer.op("Cast", [name], { SrcT, DstT });
};

const div: Rule<"div"> = (node) =>
  node.output.dtype === "f32"
    ? nary<"div">("RealDiv")(node)
    : node.refuse("operands of a division must be f32", node.output.dtype);

/** Composites that graph models have, the others are written by their parts. */
export const compositeRules: {
  readonly dense: Rule<"dense">;
  readonly convBias: Rule<"convBias">;
  readonly relu: Rule<"relu">;
  readonly leakyRelu: Rule<"leakyRelu">;
  readonly selu: Rule<"selu">;
  readonly softplus: Rule<"softplus">;
  readonly square: Rule<"square">;
  readonly softmax: Rule<"softmax">;
  readonly reduceMean: Rule<"reduceMean">;
} = {
  dense,
  convBias,
  relu: unary("Relu"),
  leakyRelu: (node) => {
    const { name, dtype } = operand(node, 0);
    const attr = { alpha: { f: node.attrs.alpha }, ...typed(dtype) };
    return node.writer.elementwise("LeakyRelu", name, attr);
  },
  selu: unary("Selu"),
  softplus: unary("Softplus"),
  square: unary("Square"),
  softmax: (node) => {
    const { writer, attrs } = node;
    const x = operand(node, 0);
    const last = x.shape.length - 1;
    const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis;
    const swap = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
    const result = writer.op("Softmax", [writer.transpose(x.name, swap)], typed(x.dtype));
    return writer.transpose(result, swap);
  },
  reduceMean: reduction("Mean"),
};

/** The rules of all primitives. */
export const primitiveRules: { readonly [K in PrimitiveName]: Rule<K> } = {
  neg: unary("Neg"),
  abs: unary("Abs"),
  sign: unary("Sign"),
  reciprocal: unary("Reciprocal"),
  exp: unary("Exp"),
  log: unary("Log"),
  sqrt: unary("Sqrt"),
  rsqrt: unary("Rsqrt"),
  sin: unary("Sin"),
  cos: unary("Cos"),
  tanh: unary("Tanh"),
  sigmoid: unary("Sigmoid"),
  erf: unary("Erf"),
  floor: unary("Floor"),
  ceil: unary("Ceil"),
  round: unary("Round"),
  isFinite: unary("IsFinite"),
  not: unary("LogicalNot"),
  add: nary("AddV2"),
  sub: nary("Sub"),
  mul: nary("Mul"),
  div,
  pow: nary("Pow"),
  maximum: nary("Maximum"),
  minimum: nary("Minimum"),
  and: nary("LogicalAnd"),
  or: nary("LogicalOr"),
  equal: nary("Equal"),
  less: nary("Less"),
  greater: nary("Greater"),
  select: nary("SelectV2"),
  cast,
  reshape,
  transpose: (node) => node.writer.transpose(operand(node, 0).name, node.attrs.permutation),
  broadcastTo,
  slice,
  pad,
  concat,
  gather,
  scatterAdd: absent("scatterAdd"),
  reverse: (node) => {
    const { name, dtype } = operand(node, 0);
    return node.writer.op("ReverseV2", [name, node.writer.ints(node.attrs.axes)], typed(dtype));
  },
  iota,
  reduceSum: reduction("Sum"),
  reduceMax: reduction("Max"),
  reduceMin: reduction("Min"),
  reduceProd: reduction("Prod"),
  argMax,
  matmul,
  conv,
  convInputGrad: absent("convInputGrad"),
  convFilterGrad: absent("convFilterGrad"),
  maxPool,
  maxPoolGrad: absent("maxPoolGrad"),
  avgPool,
  avgPoolGrad: absent("avgPoolGrad"),
  randomUniform: absent("randomUniform"),
  allReduce: absent("allReduce"),
  send: absent("send"),
  recv: absent("recv"),
};
