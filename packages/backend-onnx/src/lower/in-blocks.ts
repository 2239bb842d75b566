// Lowerings of ops whose operands exist in the engine's blocked layout, and of those whose result had better: convolutions
// in training, what stands between them, and the gradients of max pools. An op that none of these suits gets plain values.
import {
  sameShape,
  sizeOf,
  type AttrsOf,
  type OpName,
  type OpNode,
  type Shape,
  type TensorType,
} from "@fastgpu/core";
import type { Edge, ModelWriter } from "../model/model-writer.ts";
import {
  blockedConv,
  blockedInputGrad,
  isBlockable,
  isInputGradBlockable,
  isStem,
} from "./blocked-conv.ts";
import { convAttributes, padsOf } from "./conv.ts";
import { filterGradByPieces, isByPieces } from "./filter-grad.ts";
import { blockedDomain, type Layouts } from "./layouts.ts";
import { reshapeTo, sliceAxes } from "./lowering.ts";
import { isTiling, tapGradients } from "./pool.ts";
import type { PooledBy } from "./pooled-by.ts";

/** What a lowering in blocks gets; values by the names that {@link Layouts} knows. */
export interface BlockedContext<A> {
  readonly writer: ModelWriter;
  readonly layouts: Layouts;
  readonly inputs: readonly Edge[];
  readonly types: readonly TensorType[];
  readonly output: TensorType;
  readonly attrs: A;
  /** How the result is pooled, if it is. */
  readonly pooledBy: PooledBy | undefined;
}

/** Tiles of more elements are pooled from one convolution and not from one for each position. */
const maxTaps = 9;

type Blocked<A> = (context: BlockedContext<A>) => Edge | undefined;

/** Ops that work element by element; their own lowerings take blocked operands as they are. */
const elementwise: ReadonlySet<OpName> = new Set<OpName>([
  ...(["relu", "add", "sub", "mul", "div", "maximum", "minimum"] as const),
  ...(["greater", "less", "cast", "sigmoid", "tanh"] as const),
]);

/**
 * Lowers a node on blocked values.
 *
 * @param lowerPlain - lowers the node as always on the given operands
 * @returns The name of its value, or undefined if it must be lowered on plain values
 */
export function lowerInBlocks(
  node: OpNode,
  context: BlockedContext<unknown>,
  lowerPlain: (inputs: readonly Edge[]) => Edge,
): Edge | undefined {
  if (node.op === "relu") {
    const byPieces = pieceByPiece(context, lowerPlain);
    if (byPieces !== undefined) return byPieces;
  }
  if (elementwise.has(node.op)) return elementByElement(context, lowerPlain);
  const lowering = lowerings[node.op as keyof typeof lowerings] as Blocked<unknown> | undefined;
  return lowering?.(context);
}

/** An op of one operand that exists in pieces. */
function pieceByPiece(
  { layouts, inputs: [x], output }: BlockedContext<unknown>,
  lowerPlain: (inputs: readonly Edge[]) => Edge,
): Edge | undefined {
  const pieces = x === undefined ? undefined : layouts.pieces(x);
  if (pieces === undefined) return undefined;
  return layouts.keepPieces(
    { ...pieces, edges: pieces.edges.map((edge) => lowerPlain([edge])) },
    output,
  );
}

/** Every tensor among the operands exists in blocks, and the others are scalars. */
function elementByElement(
  { layouts, inputs, types, output }: BlockedContext<unknown>,
  lowerPlain: (inputs: readonly Edge[]) => Edge,
): Edge | undefined {
  if (output.dtype !== "f32" && output.dtype !== "bool") return undefined;
  const isScalar = (i: number): boolean => types[i]?.shape.length === 0;
  const isBlocked = (input: Edge, i: number): boolean =>
    layouts.has(input) && sameShape(types[i]?.shape ?? [], output.shape);
  const fits = inputs.every((input, i) => isScalar(i) || isBlocked(input, i));
  if (!fits || inputs.every((_, i) => isScalar(i))) return undefined;
  const operands = inputs.map((input, i) => (isScalar(i) ? input : layouts.blocked(input)));
  return layouts.keep(lowerPlain(operands), output);
}

const conv: Blocked<AttrsOf<"conv">> = (context) => {
  const { writer, layouts, inputs, types, output, attrs, pooledBy } = context;
  const [x, filter, bias] = inputs;
  const [outChannels = 1, inChannels = 1, ...window] = types[1]?.shape ?? [];
  if (x === undefined || filter === undefined) return undefined;
  const { block } = layouts;
  const isInBlocks = isBlockable(types[0], outChannels, window, attrs.groups, block);
  const isPooledStem = pooledBy !== undefined && isStem(types[0], outChannels, attrs.groups, block);
  if (!isInBlocks && !isPooledStem) return undefined;
  const source = isInBlocks ? layouts.blocked(x) : layouts.plain(x);
  const operands = {
    x: source,
    filter: layouts.plain(filter),
    bias: bias === undefined ? undefined : layouts.plain(bias),
    outChannels,
    inChannels,
    window,
  };
  const taps =
    pooledBy?.isOnly === true
      ? tapsOf(types[0]!.shape, output.shape, window, attrs, pooledBy)
      : undefined;
  if (taps !== undefined && pooledBy !== undefined) {
    const edges = blockedConv(
      writer,
      operands,
      taps.map((tap) => convAttributes(tap, window)),
      block,
    );
    return layouts.keepPieces({ edges, window: pooledBy.window }, output);
  }
  const [y] = blockedConv(writer, operands, [convAttributes(attrs, window)], block);
  return y === undefined ? undefined : layouts.keep(y, output);
};

/**
 * The convolutions that compute one position of each tile of a result: longer strides, starting later, which is less
 * padding. Undefined where there is none to take away.
 */
function tapsOf(
  inputs: Shape,
  outputs: Shape,
  window: readonly number[],
  attrs: AttrsOf<"conv">,
  { window: tile }: PooledBy,
): AttrsOf<"conv">[] | undefined {
  const [height, width] = tile;
  if (height * width > maxTaps) return undefined;
  const taps = Array.from({ length: height * width }, (_, tap) => {
    const at = [Math.floor(tap / width), tap % width];
    const strides = attrs.strides.map((stride, axis) => stride * tile[axis]!);
    const padding = window.map((size, axis) => {
      const low = attrs.padding[axis]![0] - at[axis]! * attrs.strides[axis]!;
      const reach = attrs.dilations[axis]! * (size - 1) + 1;
      const steps = outputs[axis + 2]! / tile[axis]! - 1;
      // What the last window needs; an input that goes on behind it is not read.
      return [low, Math.max(0, steps * strides[axis]! + reach - inputs[axis + 2]! - low)] as const;
    });
    return { ...attrs, strides, padding };
  });
  const isPossible = taps.every(({ padding }) => padding.every(([low]) => low >= 0));
  return isPossible ? taps : undefined;
}

const convInputGrad: Blocked<AttrsOf<"convInputGrad">> = (context) => {
  const { writer, layouts, inputs, types, output, attrs } = context;
  const [dy, filter] = inputs;
  const filterType = types[1];
  if (dy === undefined || filter === undefined || filterType === undefined) return undefined;
  if (!isInputGradBlockable(types[0], filterType, attrs, layouts.block)) return undefined;
  const operands = [layouts.blocked(dy), layouts.plain(filter)] as const;
  const dx = blockedInputGrad(writer, operands, filterType, attrs, layouts.block);
  return layouts.keep(dx, output);
};

const convFilterGrad: Blocked<AttrsOf<"convFilterGrad">> = (context) => {
  const { writer, layouts, inputs, types, attrs } = context;
  const [x, dy] = inputs;
  const pieces = dy === undefined ? undefined : layouts.pieces(dy);
  if (x === undefined || pieces === undefined || !isByPieces(types, attrs)) return undefined;
  return filterGradByPieces(writer, layouts.plain(x), pieces, types, attrs, layouts.block);
};

const maxPool: Blocked<AttrsOf<"maxPool">> = (context) => {
  const { writer, layouts, inputs, output, attrs } = context;
  const [x] = inputs;
  if (x === undefined || !layouts.has(x)) return undefined;
  const pieces = layouts.pieces(x);
  if (pieces !== undefined && isTiling(attrs) && pieces.window.join() === attrs.window.join()) {
    return layouts.keep(largestOf(writer, pieces.edges), output);
  }
  const attributes = {
    kernel_shape: attrs.window,
    strides: attrs.strides,
    pads: padsOf(attrs.padding),
  };
  const y = writer.node("MaxPool", [layouts.blocked(x)], { domain: blockedDomain, attributes });
  return layouts.keep(y, output);
};

/** The largest of several tensors, pair by pair: the kernel for more than two at once is three times as slow. */
function largestOf(writer: ModelWriter, [first, ...others]: readonly Edge[]): Edge {
  return others.reduce((most, edge) => writer.node("Max", [most, edge]), first ?? "");
}

/** Tiles that cover the input: positions of the tiles are runs of whole blocks, which copy fast. */
const maxPoolGrad: Blocked<AttrsOf<"maxPoolGrad">> = (context) => {
  const { writer, layouts, inputs, types, output, attrs } = context;
  const [x, y, dy] = inputs;
  const [height = 1, width = 1] = attrs.window;
  const [batch = 1, channels = 1, rows = 1, columns = 1] = output.shape;
  const covers = isTiling(attrs) && rows % height === 0 && columns % width === 0;
  if (x === undefined || y === undefined || dy === undefined) return undefined;
  if (!layouts.has(x) || !covers || output.dtype !== "f32") return undefined;
  const outer = (batch * channels * rows) / (layouts.block * height);
  const tiles = [outer, height, columns / width, width, layouts.block];
  const cut = (): Edge[] => {
    const tiled = reshapeTo(writer, layouts.blocked(x), tiles);
    return Array.from({ length: height * width }, (_, tap) => {
      const [row, column] = [Math.floor(tap / width), tap % width];
      const part = sliceAxes(writer, tiled, [1, 3], [row, column], [row + 1, column + 1]);
      return reshapeTo(writer, part, types[1]?.shape ?? []);
    });
  };
  const pieces = layouts.pieces(x);
  const taps = pieces?.window.join() === attrs.window.join() ? pieces.edges : cut();
  const edges = tapGradients(writer, taps, layouts.blocked(y), layouts.blocked(dy));
  return layouts.keepPieces({ edges, window: [height, width] }, output);
};

/** Sums of channels: of the pixels by products with ones, then of the batch. */
const reduceSum: Blocked<AttrsOf<"reduceSum">> = (context) => {
  const { writer, layouts, inputs, types, output, attrs } = context;
  const [x] = inputs;
  const [batch = 1, channels = 1, ...spatial] = types[0]?.shape ?? [];
  const isOfChannels = [0, 2, 3].every((axis) => attrs.axes.includes(axis));
  if (x === undefined || !layouts.has(x) || !isOfChannels || attrs.axes.length !== 3) {
    return undefined;
  }
  if (output.dtype !== "f32") return undefined;
  const { block } = layouts;
  const pixels = sizeOf(spatial);
  const shape = [batch, channels / block, pixels, block];
  const ones = writer.constant("f32", [1, pixels], new Array<number>(pixels).fill(1));
  const sums = writer.node("MatMul", [ones, reshapeTo(writer, layouts.blocked(x), shape)]);
  const options = { attributes: { keepdims: 0 } };
  const total = writer.node("ReduceSum", [sums, writer.ints([0])], options);
  return reshapeTo(writer, total, output.shape);
};

const lowerings = {
  conv,
  convBias: conv,
  convInputGrad,
  convFilterGrad,
  maxPool,
  maxPoolGrad,
  reduceSum,
};
