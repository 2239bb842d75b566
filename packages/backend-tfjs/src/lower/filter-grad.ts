// The gradient of a convolution by its filter as matrix products: no engine but webgpu and libtensorflow has a kernel of
// its own for it that is any good, and wasm has none at all.
import { sizeOf, type AttrsOf, type Shape } from "@fastgpu/core";
import type { Edge } from "../tape/tape.ts";
import { binaryKernel, joined, padded, reshaped, strided, transposed } from "./kernels.ts";
import { lastChannels } from "./conv.ts";
import type { Lowering, LoweringContext } from "./lowering.ts";
import { product, swapped } from "./matmul.ts";

type Context = LoweringContext<AttrsOf<"convFilterGrad">>;

/** Channels up to which one product of all positions is faster than one for each. */
const fewChannels = 4;

/**
 * dw[co, ci, k] = sum over n, o of x[n, ci, o stride + k dilation - low] dy[n, co, o]: for each k the product of what
 * position k of the window saw, [ci, n o], with dy, [n o, co].
 */
export const convFilterGrad: Lowering<"convFilterGrad"> = (context) => {
  const { tape, inputs, types, attrs } = context;
  const { groups, padding, filterShape } = attrs;
  const x = padded(tape, inputs[0]!.in("channelsLast"), [[0, 0], ...padding, [0, 0]]);
  const dy = inputs[1]!.in("channelsLast");
  const [, channels = 1] = types[0]!.shape;
  const outChannels = filterShape[0]!;
  const [perGroup, outPerGroup] = [channels / groups, outChannels / groups];
  if (groups > 1 && perGroup === 1 && outPerGroup === 1) return byChannels(context, x, dy);
  const parts = Array.from({ length: groups }, (_, group) => {
    const ofX = groups === 1 ? x : lastChannels(tape, x, group * perGroup, perGroup);
    const ofDy = groups === 1 ? dy : lastChannels(tape, dy, group * outPerGroup, outPerGroup);
    return byProducts(context, ofX, ofDy);
  });
  return joined(tape, parts, 0);
};

/** One group: x [n, ...s, ci] padded, dy [n, ...o, co] -> [co, ci, ...k]. */
function byProducts(context: Context, x: Edge, dy: Edge): Edge {
  return context.tape.typeOf(x).shape.at(-1)! <= fewChannels
    ? byJoinedProduct(context, x, dy)
    : bySingleProducts(context, x, dy);
}

/** Few channels: what all positions saw as rows of one product, [k ci, n o] with [n o, co]. */
function byJoinedProduct(context: Context, x: Edge, dy: Edge): Edge {
  const { tape, types, attrs } = context;
  const window = attrs.filterShape.slice(2);
  const { shape } = tape.typeOf(x);
  const channels = shape.at(-1)!;
  const outChannels = tape.typeOf(dy).shape.at(-1)!;
  const columns = shape[0]! * sizeOf(types[1]!.shape.slice(2));
  const front = transposed(tape, x, [shape.length - 1, ...shape.slice(1).map((_, axis) => axis)]);
  const seen = positionsOf(window).map((position) =>
    reshaped(tape, partSeen(context, front, position, 2), [channels, columns]),
  );
  const rows = seen.length * channels;
  const products = product(
    context,
    joined(tape, seen, 0),
    reshaped(tape, dy, [columns, outChannels]),
    [false, false],
    [rows, outChannels],
  );
  const apart = reshaped(tape, products, [seen.length, channels, outChannels]);
  return reshaped(tape, transposed(tape, apart, [2, 1, 0]), [outChannels, channels, ...window]);
}

/** Many channels: a product for each position, [co, n o] with [n o, ci], whose parts of x are runs of memory. */
function bySingleProducts(context: Context, x: Edge, dy: Edge): Edge {
  const { tape, types, attrs } = context;
  const window = attrs.filterShape.slice(2);
  const { shape } = tape.typeOf(x);
  const channels = shape.at(-1)!;
  const outChannels = tape.typeOf(dy).shape.at(-1)!;
  const rows = shape[0]! * sizeOf(types[1]!.shape.slice(2));
  const upstream = swapped(tape, reshaped(tape, dy, [rows, outChannels]));
  const products = positionsOf(window).map((position) => {
    const seen = reshaped(tape, partSeen(context, x, position, 1), [rows, channels]);
    const sum = product(context, upstream, seen, [false, false], [outChannels, channels]);
    return reshaped(tape, sum, [1, outChannels * channels]);
  });
  const turned = transposed(tape, joined(tape, products, 0), [1, 0]);
  return reshaped(tape, turned, [outChannels, channels, ...window]);
}

/** One filter per channel: products of elements, summed over batch and places. */
function byChannels(context: Context, x: Edge, dy: Edge): Edge {
  const { tape, types, attrs } = context;
  const window = attrs.filterShape.slice(2);
  const outputs = types[1]!.shape.slice(2);
  const channels = tape.typeOf(x).shape.at(-1)!;
  const rows = tape.typeOf(dy).shape[0]! * sizeOf(outputs);
  const parts = positionsOf(window).map((position) => {
    const seen = partSeen(context, x, position, 1);
    const flat = reshaped(tape, binaryKernel(tape, "Multiply", seen, dy), [rows, channels]);
    const type = { dtype: "float32", shape: [1, channels] } as const;
    return tape.call("Sum", { x: flat }, { axis: [0], keepDims: true }, type);
  });
  const all = joined(tape, parts, 0);
  return reshaped(tape, transposed(tape, all, [1, 0]), [channels, 1, ...window]);
}

/** The elements of the padded input that a position of the window meets; spatial axes start at `first`. */
function partSeen(
  { tape, traits, types, attrs }: Context,
  x: Edge,
  position: readonly number[],
  first: number,
): Edge {
  const { strides, dilations } = attrs;
  const outputs = types[1]!.shape.slice(2);
  const { shape } = tape.typeOf(x);
  const begin = shape.map(
    (_, axis) => (position[axis - first] ?? 0) * (dilations[axis - first] ?? 1),
  );
  const end = shape.map((size, axis) => {
    const count = outputs[axis - first];
    return count === undefined ? size : begin[axis]! + (count - 1) * strides[axis - first]! + 1;
  });
  const steps = shape.map((_, axis) => strides[axis - first] ?? 1);
  return strided(tape, traits.hasStridedSlices, x, begin, end, steps);
}

/** Every position of a window, the last axis fastest. */
export function positionsOf(window: Shape): readonly (readonly number[])[] {
  return window.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((head) => Array.from({ length: size }, (_, k) => [...head, k])),
    [[]],
  );
}
