// Convolution and pooling in a graph model: channels last, windows with one axis as those with two of which one is 1.
import { tensorFrom, type AttrsOf } from "@fastgpu/core";
import { layouts, operand, type Rule, type Written } from "./graph-rule.ts";
import { intsAttr, textAttr, typeAttr, type GraphWriter } from "./graph-writer.ts";

type Pairs = readonly (readonly [number, number])[];

type PoolAttrs = AttrsOf<"maxPool">;

/** An image with two or three spatial axes, channels last. */
interface Image {
  readonly name: string;
  /** Sizes of its axes; -1 for the batch. */
  readonly shape: readonly number[];
}

/** A cross-correlation. */
export const conv: Rule<"conv"> = (node) => {
  const filter = operand(node, 1);
  const { writer, attrs, refuse } = node;
  const { strides, dilations, groups, padding } = attrs;
  if (strides.some((n) => n > 1) && dilations.some((n) => n > 1)) {
    return refuse("strides or dilations must be 1", `${strides.join("x")}, ${dilations.join("x")}`);
  }
  const rank = filter.shape.length;
  const extents = dilations.map((step, axis) => ((filter.shape[axis + 2] ?? 1) - 1) * step + 1);
  const isEngines = isSame({ window: extents, strides, padding }, operand(node, 0).shape.slice(2));
  const image = isEngines ? imageOf(node) : bordered(writer, imageOf(node), padding, 0);
  // [co, ci, ...k] -> [...k, ci, co].
  const order = [...layouts(rank).toLast.slice(1, -1), 1, 0];
  const kernel = writer.transpose(filter.name, order);
  const window = filter.shape.slice(2);
  const [outputs = 1, perGroup = 1] = filter.shape;
  const wide = writer.reshape(kernel, [...flat(window), perGroup, outputs]);
  const attr = {
    strides: intsAttr([1, ...flat(strides), 1]),
    dilations: intsAttr([1, ...flat(dilations), 1]),
    padding: textAttr(isEngines && hasBorder(padding) ? "SAME" : "VALID"),
    data_format: textAttr(rank === 5 ? "NDHWC" : "NHWC"),
    T: typeAttr("f32"),
  };
  const named = rank === 5 ? "Conv3D" : "Conv2D";
  if (groups === 1) return resultOf(node, writer.op(named, [image.name, wide], attr));
  if (perGroup === 1 && rank < 5) {
    // [1, kh, kw, co] with co = c m, channel by channel, is [kh, kw, c, m].
    const each = writer.reshape(wide, [...flat(window), groups, outputs / groups]);
    return resultOf(node, writer.op("DepthwiseConv2dNative", [image.name, each], attr));
  }
  const parts = Array.from({ length: groups }, (_, group) => {
    const x = channels(writer, image.name, image.shape, [group * perGroup, perGroup]);
    const each = outputs / groups;
    const w = channels(writer, wide, [...flat(window), perGroup, outputs], [group * each, each]);
    return writer.op(named, [x, w], attr);
  });
  const axis = writer.constant(tensorFrom("i32", [], [image.shape.length - 1]));
  const attrN = { N: { i: String(groups) }, T: typeAttr("f32") };
  return resultOf(node, writer.op("ConcatV2", [...parts, axis], attrN));
};

/** The largest of each window; what is around the image never wins. */
export const maxPool: Rule<"maxPool"> = (node) => pooled(node, "MaxPool", node.attrs, -Infinity);

/** The mean of each window. */
export const avgPool: Rule<"avgPool"> = (node) => {
  const { countIncludePad, padding } = node.attrs;
  if (countIncludePad || isSame(node.attrs, operand(node, 0).shape.slice(2))) {
    return pooled(node, "AvgPool", node.attrs, countIncludePad ? 0 : undefined);
  }
  return node.refuse("padding of a mean must be that of same", JSON.stringify(padding));
};

/** @param around - what the border holds; undefined if the engine's own padding is right */
function pooled(
  node: Written<"maxPool" | "avgPool">,
  op: string,
  attrs: PoolAttrs,
  around: number | undefined,
): string {
  const { writer } = node;
  const { window, strides, padding } = attrs;
  const { shape } = operand(node, 0);
  const isEngines = around !== 0 && isSame(attrs, shape.slice(2));
  const image = imageOf(node);
  const x = isEngines ? image : bordered(writer, image, padding, around ?? 0);
  const attr = {
    ksize: intsAttr([1, ...flat(window), 1]),
    strides: intsAttr([1, ...flat(strides), 1]),
    padding: textAttr(isEngines && hasBorder(padding) ? "SAME" : "VALID"),
    data_format: textAttr(shape.length === 5 ? "NDHWC" : "NHWC"),
    T: typeAttr("f32"),
  };
  return resultOf(node, writer.op(shape.length === 5 ? `${op}3D` : op, [x.name], attr));
}

function hasBorder(padding: Pairs): boolean {
  return padding.flat().some((size) => size > 0);
}

/** Whether the padding is none, or what TensorFlow calls SAME. */
function isSame({ window, strides, padding }: PoolAttrs, sizes: readonly number[]): boolean {
  return (
    !hasBorder(padding) ||
    padding.every(([low, high], axis) => {
      const [size = 1, step = 1, extent = 1] = [sizes[axis], strides[axis], window[axis]];
      const total = Math.max((Math.ceil(size / step) - 1) * step + extent - size, 0);
      return low === Math.floor(total / 2) && high === total - low;
    })
  );
}

/** [n, c, ...s] -> [n, ...s, c]; one spatial axis becomes two. */
function imageOf(node: Written<"conv" | "maxPool" | "avgPool">): Image {
  const { name, shape } = operand(node, 0);
  const { toLast } = layouts(shape.length);
  const last = node.writer.transpose(name, toLast);
  const sizes = toLast.map((axis) => shape[axis] ?? 1);
  if (shape.length !== 3) return { name: last, shape: sizes };
  const [batch = -1, steps = 1, channel = 1] = sizes;
  const flatShape = [batch, 1, steps, channel];
  return { name: node.writer.reshape(last, flatShape), shape: flatShape };
}

/** The inverse of `imageOf`. */
function resultOf(node: Written<"conv" | "maxPool" | "avgPool">, image: string): string {
  const { shape } = node.output;
  const { toFirst, toLast } = layouts(shape.length);
  const sizes = toLast.map((axis) => shape[axis] ?? 1);
  const narrow = shape.length === 3 ? node.writer.reshape(image, sizes) : image;
  return node.writer.transpose(narrow, toFirst);
}

/** One spatial axis as two. */
function flat(sizes: readonly number[]): readonly number[] {
  return sizes.length === 1 ? [1, ...sizes] : sizes;
}

function bordered(writer: GraphWriter, image: Image, padding: Pairs, value: number): Image {
  if (!hasBorder(padding)) return image;
  const spatial: Pairs = padding.length === 1 ? [[0, 0], ...padding] : padding;
  const pairs: Pairs = [[0, 0], ...spatial, [0, 0]];
  const sides = writer.constant(tensorFrom("i32", [pairs.length, 2], pairs.flat()));
  const around = writer.constant(tensorFrom("f32", [], [value]));
  const attr = { T: typeAttr("f32") };
  return {
    name: writer.op("PadV2", [image.name, sides, around], attr),
    shape: image.shape.map((size, axis) => {
      const [low, high] = pairs[axis] ?? [0, 0];
      return size < 0 ? size : size + low + high;
    }),
  };
}

/** A run of the last axis. */
function channels(
  writer: GraphWriter,
  name: string,
  shape: readonly number[],
  [start, count]: readonly [number, number],
): string {
  const begin = shape.map((_, axis) => (axis === shape.length - 1 ? start : 0));
  const size = shape.map((_, axis) => (axis === shape.length - 1 ? count : -1));
  return writer.op("Slice", [name, writer.ints(begin), writer.ints(size)], { T: typeAttr("f32") });
}

/** A convolution with the bias of its channels added. */
export const convBias: Rule<"convBias"> = (node) => {
  const [x, filter, bias] = node.inputs;
  if (x === undefined || filter === undefined || bias === undefined) {
    return node.refuse("convBias must have three operands", String(node.inputs.length));
  }
  const product = conv({ ...node, inputs: [x, filter] });
  const { toFirst, toLast } = layouts(node.output.shape.length);
  const last = node.writer.transpose(product, toLast);
  const sum = node.writer.op("AddV2", [last, bias.name], { T: typeAttr("f32") });
  return node.writer.transpose(sum, toFirst);
};
