// Windows, strides, padding, slices and axes drawn from fixed seeds: geometry that no hand-written case has.
import { sizeOf, type OpName } from "@fastgpu/core";
import { Dice } from "./dice.ts";
import type { OpCase } from "./op-case.ts";

/** Cases per family in the suite. */
const COUNT = 20;

type Family = (dice: Dice) => OpCase[];

const type = (shape: readonly number[], dtype = "f32"): string => `${dtype}[${shape.join()}]`;

/** A window of `rank` axes that fits into an input, with at least one position. */
interface Window {
  readonly input: number[];
  readonly window: number[];
  readonly output: number[];
  readonly strides: number[];
  readonly dilations: number[];
  readonly padding: [number, number][];
}

function drawWindow(dice: Dice, rank: number, isDilated: boolean): Window {
  const window = dice.times(rank, () => dice.between(1, 3));
  const strides = dice.times(rank, () => dice.between(1, 3));
  const dilations = dice.times(rank, () => (isDilated ? dice.between(1, 2) : 1));
  // Padding below the window: every window sees at least one element.
  const padding = window.map((size): [number, number] => [dice.roll(size), dice.roll(size)]);
  const spans = window.map((size, i) => (size - 1) * (dilations[i] ?? 1) + 1);
  const input = spans.map((span) => span + dice.roll(rank === 3 ? 3 : 6));
  const output = input.map((size, i) => {
    const [low, high] = padding[i] ?? [0, 0];
    return Math.floor((size + low + high - (spans[i] ?? 1)) / (strides[i] ?? 1)) + 1;
  });
  return { input, window, output, strides, dilations, padding };
}

const convolution: Family = (dice) => {
  const { input, window, output, ...rest } = drawWindow(dice, dice.between(1, 3), true);
  const groups = dice.between(1, 3);
  const [batch, ci, co] = [dice.between(1, 3), dice.between(1, 3), dice.between(1, 3)];
  const attrs = { strides: rest.strides, padding: rest.padding, dilations: rest.dilations, groups };
  const x = [batch, ci * groups, ...input];
  const w = [co * groups, ci, ...window];
  const y = [batch, co * groups, ...output];
  return [
    { op: "conv", operands: [type(x), type(w)], attrs },
    { op: "convInputGrad", operands: [type(y), type(w)], attrs: { ...attrs, inputShape: x } },
    { op: "convFilterGrad", operands: [type(x), type(y)], attrs: { ...attrs, filterShape: w } },
  ];
};

const pooling: Family = (dice) => {
  const drawn = drawWindow(dice, dice.between(1, 3), false);
  const { window, strides, padding } = drawn;
  const lead = [dice.between(1, 3), dice.between(1, 3)];
  const [x, y] = [
    [...lead, ...drawn.input],
    [...lead, ...drawn.output],
  ];
  const attrs = { window, strides, padding };
  const countIncludePad = dice.roll(2) === 0;
  return [
    { op: "maxPool", operands: [type(x)], attrs },
    { op: "maxPoolGrad", operands: [type(x), type(y), type(y)], attrs },
    { op: "avgPool", operands: [type(x)], attrs: { ...attrs, countIncludePad } },
    { op: "avgPoolGrad", operands: [type(y)], attrs: { ...attrs, countIncludePad, inputShape: x } },
  ];
};

const drawShape = (dice: Dice, rank: number, smallest = 0): number[] =>
  dice.times(rank, () => dice.between(smallest, 4));

const dtypeOf = (dice: Dice): string => dice.pick(["f32", "i32", "u8", "i8", "bool"]) ?? "f32";

const movement: Family = (dice) => {
  const rank = dice.between(1, 4);
  const shape = drawShape(dice, rank);
  const dtype = dtypeOf(dice);
  const starts = shape.map((size) => dice.roll(size + 1));
  const limits = shape.map((size, i) => dice.between(starts[i] ?? 0, size));
  const strides = dice.times(rank, () => dice.between(1, 3));
  const order = shape.map((_, axis) => ({ axis, key: dice.roll(1000) }));
  order.sort((a, b) => a.key - b.key || a.axis - b.axis);
  const axes = shape.map((_, axis) => axis).filter(() => dice.roll(2) === 0);
  const sides = (): number[] => dice.times(rank, () => dice.roll(3));
  const operands = [type(shape, dtype)];
  return [
    { op: "slice", operands, attrs: { starts, limits, strides } },
    { op: "transpose", operands, attrs: { permutation: order.map(({ axis }) => axis) } },
    { op: "reverse", operands, attrs: { axes } },
    { op: "pad", operands, attrs: { low: sides(), high: sides(), interior: sides(), value: 1 } },
    { op: "reshape", operands, attrs: { shape: [sizeOf(shape), 1] } },
    { op: "concat", operands: [...operands, ...operands], attrs: { axis: dice.roll(rank) } },
  ];
};

const indexing: Family = (dice) => {
  const shape = drawShape(dice, dice.between(1, 3), 1);
  const axis = dice.roll(shape.length);
  const size = shape[axis] ?? 1;
  const at = drawShape(dice, dice.between(0, 2));
  const indices = dice.times(sizeOf(at), () => dice.roll(size));
  const updates = [...shape.slice(0, axis), ...at, ...shape.slice(axis + 1)];
  const dtype = dice.pick(["f32", "i32"]) ?? "f32";
  return [
    {
      op: "gather",
      operands: [type(shape, dtype), type(at, "i32")],
      attrs: { axis },
      values: { 1: indices },
    },
    {
      op: "scatterAdd",
      operands: [type(at, "i32"), type(updates, dtype)],
      attrs: { axis, size },
      values: { 0: indices },
    },
  ];
};

const reduction: Family = (dice) => {
  const shape = drawShape(dice, dice.between(1, 4), dice.roll(4) === 0 ? 0 : 1);
  const axes = shape.map((_, axis) => axis).filter(() => dice.roll(2) === 0);
  const keepDims = dice.roll(2) === 0;
  const dtype = dice.pick(["f32", "i32", "i8", "u8"]) ?? "f32";
  const ops: readonly OpName[] = ["reduceSum", "reduceMax", "reduceMin", "reduceProd"];
  return ops.map((op) => ({ op, operands: [type(shape, dtype)], attrs: { axes, keepDims } }));
};

const product: Family = (dice) => {
  const [m, k, n] = [dice.between(0, 6), dice.between(0, 6), dice.between(0, 6)];
  const [transposeA, transposeB] = [dice.roll(2) === 0, dice.roll(2) === 0];
  const lead = drawShape(dice, dice.roll(3), 1);
  // The other operand has 1 or nothing in place of a batch axis.
  const other = lead
    .map((size) => (dice.roll(2) === 0 ? 1 : size))
    .slice(dice.roll(lead.length + 1));
  const a = transposeA ? [k, m] : [m, k];
  const b = transposeB ? [n, k] : [k, n];
  const [left, right] = dice.roll(2) === 0 ? [lead, other] : [other, lead];
  const dtype = dice.pick(["f32", "i32", "u8"]) ?? "f32";
  return [
    {
      op: "matmul",
      operands: [type([...left, ...a], dtype), type([...right, ...b], dtype)],
      attrs: { transposeA, transposeB },
    },
  ];
};

const broadcast: Family = (dice) => {
  const shape = drawShape(dice, dice.between(0, 4), dice.roll(4) === 0 ? 0 : 1);
  const thin = (): number[] =>
    shape.map((size) => (dice.roll(3) === 0 ? 1 : size)).slice(dice.roll(shape.length + 1));
  const dtype = dice.pick(["f32", "i32", "i8", "u8"]) ?? "f32";
  const operands = [type(thin(), dtype), type(thin(), dtype)];
  const ops: readonly OpName[] = ["add", "sub", "mul", "div", "maximum", "less", "equal"];
  return [
    ...ops.map((op) => ({ op, operands })),
    { op: "broadcastTo", operands: [type(thin(), dtype)], attrs: { shape } },
    { op: "select", operands: [type(thin(), "bool"), ...operands] },
  ];
};

const families: Readonly<Record<string, Family>> = {
  convolution,
  pooling,
  movement,
  indexing,
  reduction,
  product,
  broadcast,
};

/** The cases of one seed of every family. */
export function randomGeometry(seed: number): OpCase[] {
  return Object.entries(families).flatMap(([name, family], i) =>
    family(new Dice(seed * 16 + i)).map((entry) => ({ ...entry, note: `${name} ${seed}` })),
  );
}

/** Op cases of drawn geometry. */
export const randomGeometryCases: readonly OpCase[] = Array.from({ length: COUNT }, (_, i) =>
  randomGeometry(i + 1),
).flat();
