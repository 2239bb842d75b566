// Kernel calls that lowerings are made of, with their result types worked out.
import { sizeOf } from "@fastgpu/core";
import type { Edge } from "../tape/tape.ts";
import type { KernelDType, KernelType } from "../tape/kernel-type.ts";
import type { TapeWriter } from "../tape/tape-writer.ts";

/** Same elements under another shape; free on every engine. */
export function reshaped(tape: TapeWriter, x: Edge, shape: readonly number[]): Edge {
  const type = tape.typeOf(x);
  if (isSameList(type.shape, shape)) return x;
  const producer = tape.producerOf(x);
  const source = producer?.kernel === "Reshape" ? sourceOf(producer.inputs) : x;
  if (source !== x) return reshaped(tape, source, shape);
  return tape.call("Reshape", { x }, { shape }, { dtype: type.dtype, shape });
}

/** Axes permuted; permutations of permutations become one, and those that move no element a reshape. */
export function transposed(tape: TapeWriter, x: Edge, perm: readonly number[]): Edge {
  const { shape } = tape.typeOf(x);
  if (perm.every((axis, i) => axis === i)) return x;
  const result = perm.map((axis) => shape[axis]!);
  const long = perm.filter((axis) => shape[axis] !== 1);
  if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return reshaped(tape, x, result);
  const source = tape.permutationOf(x);
  if (source !== undefined) {
    return transposed(
      tape,
      source.edge,
      perm.map((axis) => source.perm[axis]!),
    );
  }
  const moved = reshaped(tape, permuted(tape, x, perm), result);
  tape.notePermutation(moved, { edge: x, perm });
  return moved;
}

/** A permutation with as few axes as it takes; one of more than four goes in steps, since not all engines have more. */
function permuted(tape: TapeWriter, x: Edge, perm: readonly number[]): Edge {
  const { dtype, shape } = tape.typeOf(x);
  // Axes of size 1 move nothing, and axes that stay neighbours are one.
  const blocks: number[][] = [];
  for (const axis of perm.filter((at) => shape[at] !== 1)) {
    const latest = blocks.at(-1);
    const before = latest?.at(-1);
    const isNext = before !== undefined && shape.slice(before + 1, axis).every((n) => n === 1);
    if (isNext && axis > before) latest?.push(axis);
    else blocks.push([axis]);
  }
  const sizes = blocks.map((block) => sizeOf(block.map((axis) => shape[axis]!)));
  const order = blocks.map((_, i) => i).sort((a, b) => blocks[a]![0]! - blocks[b]![0]!);
  if (tape.castsInPlace && dtype !== "float32") {
    // Nothing but floats is read right there. What the engine computes in numbers of its own is exact up to 2^24.
    return castTo(tape, permuted(tape, castTo(tape, x, "float32"), perm), dtype);
  }
  if (blocks.length <= 4) {
    const from = order.map((i) => sizes[i]!);
    const small = blocks.map((_, i) => order.indexOf(i));
    const source = reshaped(tape, x, from);
    return tape.call("Transpose", { x: source }, { perm: small }, { dtype, shape: sizes });
  }
  let current = order;
  let edge = x;
  blocks.forEach((_, i) => {
    const at = current.indexOf(i);
    if (at === i) return;
    const size = (list: readonly number[]): number => sizeOf(list.map((j) => sizes[j]!));
    const [head, skipped, tail] = [
      current.slice(0, i),
      current.slice(i, at),
      current.slice(at + 1),
    ];
    const from = [size(head), size(skipped), sizes[i]!, size(tail)];
    const to = [from[0]!, from[2]!, from[1]!, from[3]!];
    const source = reshaped(tape, edge, from);
    edge = tape.call("Transpose", { x: source }, { perm: [0, 2, 1, 3] }, { dtype, shape: to });
    current = [...head, i, ...skipped, ...tail];
  });
  return edge;
}

/** A box of step 1. */
export function sliced(
  tape: TapeWriter,
  x: Edge,
  begin: readonly number[],
  size: readonly number[],
): Edge {
  const { dtype, shape } = tape.typeOf(x);
  if (isSameList(shape, size)) return x;
  const runs = mergedAxes(shape.map((whole, axis) => size[axis] === whole));
  const [from, to] = [mergeSizes(runs, shape), mergeSizes(runs, size)];
  const starts = runs.map(([first, end]) => begin[first]! * sizeOf(shape.slice(first + 1, end)));
  const source = reshaped(tape, x, from);
  const box = tape.call("Slice", { x: source }, { begin: starts, size: to }, { dtype, shape: to });
  return reshaped(tape, box, size);
}

/**
 * Runs of axes that can be one: an axis that is taken whole continues the one before it. Fewer axes are longer runs of
 * memory, and some engines take four at most.
 */
function mergedAxes(isWhole: readonly boolean[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  isWhole.forEach((whole, axis) => {
    const latest = runs.at(-1);
    if (whole && latest !== undefined) latest[1] = axis + 1;
    else runs.push([axis, axis + 1]);
  });
  return runs;
}

function mergeSizes(
  runs: readonly (readonly [number, number])[],
  sizes: readonly number[],
): number[] {
  return runs.map(([first, end]) => sizeOf(sizes.slice(first, end)));
}

/**
 * A box with steps; `end` is exclusive.
 *
 * @param isNative - by the kernel for it; otherwise each axis is cut into runs of a step, of which the first is kept
 */
export function strided(
  tape: TapeWriter,
  isNative: boolean,
  x: Edge,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): Edge {
  if (strides.every((step) => step === 1)) {
    return sliced(
      tape,
      x,
      begin,
      end.map((limit, axis) => limit - begin[axis]!),
    );
  }
  if (!isNative || begin.length > 4) return stridedByRuns(tape, x, begin, end, strides);
  const { dtype } = tape.typeOf(x);
  const shape = begin.map((from, axis) => Math.ceil((end[axis]! - from) / strides[axis]!));
  const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
  return tape.call("StridedSlice", { x }, { begin, end, strides, ...masks }, { dtype, shape });
}

function stridedByRuns(
  tape: TapeWriter,
  x: Edge,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): Edge {
  const { shape } = tape.typeOf(x);
  const counts = begin.map((from, axis) => Math.ceil((end[axis]! - from) / strides[axis]!));
  // Runs may reach past the end of x; what lies there is not kept.
  const lengths = counts.map((count, axis) => count * strides[axis]!);
  const inside = lengths.map((length, axis) => Math.min(length, shape[axis]! - begin[axis]!));
  const box = sliced(tape, x, begin, inside);
  const whole = padded(
    tape,
    box,
    lengths.map((length, axis) => [0, length - inside[axis]!] as const),
  );
  return strides.reduce((edge, step, axis) => {
    if (step === 1) return edge;
    const own = tape.typeOf(edge).shape;
    const [outer, inner] = [sizeOf(own.slice(0, axis)), sizeOf(own.slice(axis + 1))];
    const runs = reshaped(tape, edge, [outer * counts[axis]!, step, inner]);
    const first = sliced(tape, runs, [0, 0, 0], [outer * counts[axis]!, 1, inner]);
    return reshaped(tape, first, [...own.slice(0, axis), counts[axis]!, ...own.slice(axis + 1)]);
  }, whole);
}

/** Surrounded by a constant; pairs of sizes before and after each axis. */
export function padded(
  tape: TapeWriter,
  x: Edge,
  paddings: readonly (readonly [number, number])[],
  constantValue = 0,
): Edge {
  if (paddings.every(([low, high]) => low === 0 && high === 0)) return x;
  const { dtype, shape } = tape.typeOf(x);
  const result = shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
  const runs = mergedAxes(paddings.map(([low, high]) => low === 0 && high === 0));
  const merged = runs.map(([first, end]) =>
    paddings[first]!.map((count) => count * sizeOf(shape.slice(first + 1, end))),
  );
  const source = reshaped(tape, x, mergeSizes(runs, shape));
  const wide = tape.call(
    "PadV2",
    { x: source },
    { paddings: merged, constantValue },
    { dtype, shape: mergeSizes(runs, result) },
  );
  return reshaped(tape, wide, result);
}

/** Joined along an axis; an operand without elements has no part in it. */
export function joined(tape: TapeWriter, parts: readonly Edge[], axis: number): Edge {
  const full = parts.filter((part) => sizeOf(tape.typeOf(part).shape) > 0);
  const [first] = full;
  if (full.length === 1 && first !== undefined) return first;
  const { dtype, shape } = tape.typeOf(first!);
  const length = full.reduce((sum, part) => sum + tape.typeOf(part).shape[axis]!, 0);
  const result = shape.map((size, i) => (i === axis ? length : size));
  return tape.call("Concat", full, { axis }, { dtype, shape: result });
}

/** Converted to another element type. */
export function castTo(tape: TapeWriter, x: Edge, dtype: KernelDType): Edge {
  const { dtype: own, shape } = tape.typeOf(x);
  if (own === dtype) return x;
  const cast = tape.call("Cast", { x }, { dtype }, { dtype, shape });
  if (!tape.castsInPlace || dtype !== "float32") return cast;
  return binaryKernel(tape, "Multiply", cast, scalar(tape, 1, "float32"));
}

/** A kernel on each element. */
export function unaryKernel(
  tape: TapeWriter,
  kernel: string,
  x: Edge,
  attrs: Readonly<Record<string, unknown>> = {},
  dtype?: KernelDType,
): Edge {
  const type = tape.typeOf(x);
  const shape = type.shape.length > 4 ? [sizeOf(type.shape)] : type.shape;
  const source = reshaped(tape, x, shape);
  const result = tape.call(kernel, { x: source }, attrs, { dtype: dtype ?? type.dtype, shape });
  return reshaped(tape, result, type.shape);
}

/** A kernel on pairs of elements, with broadcasting; `dtype` if the result's is not that of the operands. */
export function binaryKernel(
  tape: TapeWriter,
  kernel: string,
  a: Edge,
  b: Edge,
  dtype?: KernelDType,
): Edge {
  const [typeA, typeB] = [tape.typeOf(a), tape.typeOf(b)];
  const shape = broadcastShape(typeA.shape, typeB.shape);
  return tape.call(kernel, { a, b }, {}, { dtype: dtype ?? typeA.dtype, shape });
}

/** condition ? a : b; all of one shape, or scalars are spread by the caller. */
export function selected(tape: TapeWriter, condition: Edge, t: Edge, e: Edge): Edge {
  const { dtype, shape } = tape.typeOf(t);
  const flat = shape.length > 4 ? [sizeOf(shape)] : shape;
  const [c, a, b] = [condition, t, e].map((edge) => reshaped(tape, edge, flat));
  const result = tape.call("Select", { condition: c!, t: a!, e: b! }, {}, { dtype, shape: flat });
  return reshaped(tape, result, shape);
}

/** A scalar constant. */
export function scalar(tape: TapeWriter, value: number, dtype: KernelDType): Edge {
  return filledConstant(tape, { dtype, shape: [] }, [value]);
}

/** A constant of given elements. */
export function filledConstant(
  tape: TapeWriter,
  type: KernelType,
  values: ArrayLike<number>,
): Edge {
  return tape.constant(type, arrayOf(type.dtype, values));
}

/** A tensor whose elements are all one number. */
export function filled(tape: TapeWriter, type: KernelType, value: number): Edge {
  const size = sizeOf(type.shape);
  if (size <= 16) return filledConstant(tape, type, new Array<number>(size).fill(value));
  const { dtype, shape } = type;
  return tape.call("Fill", {}, { shape, value, dtype }, type);
}

/** x with the shape, by repetition along axes of size 1 and new leading axes. */
export function spread(tape: TapeWriter, x: Edge, shape: readonly number[]): Edge {
  const { dtype, shape: own } = tape.typeOf(x);
  const aligned = [...shape.slice(own.length).map(() => 1), ...own];
  const isWider = shape.map((size, axis) => size !== aligned[axis]);
  let edge = x;
  let current = aligned;
  // One run of neighbouring axes at a time, the last first: few axes, and as little to copy as there can be.
  for (let end = shape.length; end > 0; end--) {
    if (isWider[end - 1] !== true) continue;
    let first = end - 1;
    while (first > 0 && (isWider[first - 1] === true || current[first - 1] === 1)) first--;
    const count = sizeOf(shape.slice(first, end)) / sizeOf(current.slice(first, end));
    const [outer, inner] = [sizeOf(current.slice(0, first)), sizeOf(current.slice(end))];
    const source = reshaped(tape, edge, [outer, 1, inner]);
    const type = { dtype, shape: [outer, count, inner] };
    edge = tape.call("Tile", { x: source }, { reps: [1, count, 1] }, type);
    current = current.map((size, axis) => (axis >= first && axis < end ? shape[axis]! : size));
    end = first + 1;
  }
  return reshaped(tape, edge, shape);
}

/** numpy's broadcasting of two shapes that fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    return x === 1 ? y : x;
  });
}

/** Storage of an element type on the host. */
export function arrayOf(
  dtype: KernelDType,
  values: ArrayLike<number>,
): Float32Array | Int32Array | Uint8Array {
  if (dtype === "float32") return Float32Array.from(values);
  return dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);
}

function sourceOf(inputs: Readonly<Record<string, Edge>> | readonly Edge[]): Edge {
  return (inputs as Readonly<Record<string, Edge>>)["x"]!;
}

function isSameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
