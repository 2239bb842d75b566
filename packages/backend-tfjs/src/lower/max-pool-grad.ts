// The gradient of maxPool: dy goes to the first maximum of its window. Kernels that take the last of equal elements see
// everything backwards; three spatial axes, and engines whose kernel is too slow, go by the positions of the window.
import type { Edge } from "../tape/tape.ts";
import type { TapeWriter } from "../tape/tape-writer.ts";
import { cropped, spacedBy } from "./conv.ts";
import { positionsOf } from "./filter-grad.ts";
import { binaryKernel, filled, padded, selected, sliced, strided } from "./kernels.ts";
import { lastShape, type Lowering, type Placed } from "./lowering.ts";
import { imageOf, LOWEST, poolCall, uncovered, type AnyPool } from "./pool.ts";

/** See the file. */
export const maxPoolGrad: Lowering<"maxPoolGrad"> = (context) => {
  const { traits, attrs } = context;
  if (attrs.window.length === 3 || traits.maxPoolGradTakes === "slow") return byPositions(context);
  return traits.maxPoolGradTakes === "first" ? byKernel(context) : backwards(context);
};

function byKernel(context: AnyPool): Placed {
  const { tape, inputs, output, attrs } = context;
  const call = poolCall(context, attrs);
  const [x, y, dy] = inputs.map((input) => imageOf(tape, input.in("channelsLast")));
  const input = padded(tape, x!, call.before, LOWEST);
  const type = tape.typeOf(input);
  const dx = tape.call("MaxPoolGrad", { dy: dy!, input, output: y! }, call.attrs, type);
  return uncovered(tape, dx, call, output.shape);
}

/** The last of equal elements, backwards, is the first. Windows must then end where x ends, so the rest is cut off. */
function backwards(context: AnyPool): Placed {
  const { tape, inputs, types, output, attrs } = context;
  const [x, y, dy] = inputs.map((input) => imageOf(tape, input.in("channelsLast")));
  const isRow = attrs.window.length === 1;
  const pairs = attrs.padding.map(([low], axis): [number, number] => {
    const covered = (types[1]!.shape[axis + 2]! - 1) * attrs.strides[axis]! + attrs.window[axis]!;
    return [low, covered - low - output.shape[axis + 2]!];
  });
  const sides = isRow ? [[0, 0] as [number, number], ...pairs] : pairs;
  const whole = padded(
    tape,
    cropped(tape, x!, sides),
    [[0, 0], ...sides.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as const), [0, 0]],
    LOWEST,
  );
  const type = tape.typeOf(whole);
  const turned = (edge: Edge): Edge =>
    tape.call("Reverse", { x: edge }, { dims: [1, 2] }, tape.typeOf(edge));
  const kernel = {
    filterSize: isRow ? [1, ...attrs.window] : attrs.window,
    strides: isRow ? [1, ...attrs.strides] : attrs.strides,
    pad: "valid",
    dimRoundingMode: undefined,
  };
  const operands = { dy: turned(dy!), input: turned(whole), output: turned(y!) };
  const dx = turned(tape.call("MaxPoolGrad", operands, kernel, type));
  return placedBack(tape, dx, sides, context);
}

/** A gradient of the padded and cropped operand as one of the operand itself. */
function placedBack(
  tape: TapeWriter,
  dx: Edge,
  pairs: readonly (readonly [number, number])[],
  { output }: AnyPool,
): Placed {
  const whole = padded(tape, dx, [
    [0, 0],
    ...pairs.map(([, high]) => [0, Math.max(0, -high)] as const),
    [0, 0],
  ]);
  const before = [
    [0, 0] as const,
    ...pairs.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as const),
    [0, 0] as const,
  ];
  return uncovered(tape, whole, { before }, output.shape);
}

/** Position by position: it takes what is left of dy where it equals the maximum. */
function byPositions(context: AnyPool): Placed {
  const { tape, traits, inputs, types, output, attrs } = context;
  const { window, strides, padding } = attrs;
  const [given, y, upstream] = inputs.map((input) => input.in("channelsLast"));
  const x = padded(tape, given!, [[0, 0], ...padding, [0, 0]], LOWEST);
  const { shape } = tape.typeOf(x);
  const outputs = types[1]!.shape.slice(2);
  const zero = filled(tape, tape.typeOf(y!), 0);
  let left = upstream!;
  let sum: Edge | undefined;
  for (const position of positionsOf(window)) {
    const begin = [0, ...position, 0];
    const reach = outputs.map((count, axis) => (count - 1) * strides[axis]! + 1);
    const end = shape.map((size, axis) =>
      reach[axis - 1] === undefined ? size : begin[axis]! + reach[axis - 1]!,
    );
    const seen = strided(tape, traits.hasStridedSlices, x, begin, end, [1, ...strides, 1]);
    const isMaximum = binaryKernel(tape, "Equal", seen, y!, "bool");
    const piece = selected(tape, isMaximum, left, zero);
    left = binaryKernel(tape, "Sub", left, piece);
    const around = shape.map((size, axis) => [begin[axis]!, size - end[axis]!] as const);
    around[0] = [0, 0];
    around[shape.length - 1] = [0, 0];
    const placed = padded(tape, spacedBy(tape, piece, strides), around);
    sum = sum === undefined ? placed : binaryKernel(tape, "Add", sum, placed);
  }
  const lows = padding.map(([low]) => low);
  const edge = sliced(tape, sum!, [0, ...lows, 0], lastShape(output.shape));
  return { edge, layout: "channelsLast" };
}
