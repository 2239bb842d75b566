// Identities of ops that move elements: views of views, moves that move nothing, slices of joins.
import { broadcastTo, concat, reshape, slice, transpose } from "../../functional.ts";
import { sameShape, sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { producer, type AlgebraRule } from "./match.ts";

/** A reshape to the same shape goes; of a reshape starts from the original; of a repeated element repeats it. */
export const simplifyReshape: AlgebraRule = ({ node, inputs: [x], builder }) => {
  if (node.op !== "reshape" || x === undefined) return undefined;
  if (sameShape(x.shape, node.type.shape)) return x;
  const [viewed] = producer(builder, x, "reshape")?.inputs ?? [];
  if (viewed !== undefined) return reshape(viewed, node.type.shape);
  const [repeated] = producer(builder, x, "broadcastTo")?.inputs ?? [];
  if (repeated === undefined || sizeOf(repeated.shape) !== 1) return undefined;
  return broadcastTo(reshape(repeated, []), node.type.shape);
};

/** A transpose that moves nothing goes, one that only moves axes of size 1 is a reshape, two are one. */
export const simplifyTranspose: AlgebraRule = ({ node, inputs: [x], builder }) => {
  if (node.op !== "transpose" || x === undefined) return undefined;
  const { permutation } = node.attrs;
  if (permutation.every((from, axis) => from === axis)) return x;
  const moved = permutation.filter((axis) => x.shape[axis] !== 1);
  const keepsOrder = moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? 0));
  if (keepsOrder) return reshape(x, node.type.shape);
  const inner = producer(builder, x, "transpose");
  const [source] = inner?.inputs ?? [];
  if (inner === undefined || source === undefined) return undefined;
  // Axis i of the result is axis p[i] of x, which is axis q[p[i]] of the source.
  return transpose(
    source,
    permutation.map((axis) => inner.attrs.permutation[axis] ?? 0),
  );
};

/** A broadcast to the same shape goes; of a broadcast starts from the original. */
export const simplifyBroadcast: AlgebraRule = ({ node, inputs: [x], builder }) => {
  if (node.op !== "broadcastTo" || x === undefined) return undefined;
  if (sameShape(x.shape, node.type.shape)) return x;
  const [source] = producer(builder, x, "broadcastTo")?.inputs ?? [];
  return source === undefined ? undefined : broadcastTo(source, node.type.shape);
};

/** A slice of everything goes; of a slice starts from the original; within one operand of a concat slices that. */
export const simplifySlice: AlgebraRule = ({ node, inputs: [x], builder }) => {
  if (node.op !== "slice" || x === undefined) return undefined;
  const { starts, limits, strides } = node.attrs;
  if (sameShape(x.shape, node.type.shape)) return x;
  const inner = producer(builder, x, "slice");
  const [source] = inner?.inputs ?? [];
  if (inner !== undefined && source !== undefined) {
    const { starts: first, strides: step } = inner.attrs;
    const at = (positions: readonly number[]): number[] =>
      positions.map((position, axis) => (first[axis] ?? 0) + position * (step[axis] ?? 1));
    // The limit is one past the last element taken, so that a stride of the source cannot reach beyond it.
    const lasts = limits.map((limit) => limit - 1);
    return slice(
      source,
      at(starts),
      at(lasts).map((last, axis) =>
        node.type.shape[axis] === 0 ? (at(starts)[axis] ?? 0) : last + 1,
      ),
      strides.map((stride, axis) => stride * (step[axis] ?? 1)),
    );
  }
  const join = producer(builder, x, "concat");
  return join === undefined
    ? undefined
    : sliceOperand(join.inputs, join.attrs.axis, starts, limits, strides);
};

function sliceOperand(
  operands: readonly Value[],
  axis: number,
  starts: readonly number[],
  limits: readonly number[],
  strides: readonly number[],
): Value | undefined {
  let offset = 0;
  for (const operand of operands) {
    const end = offset + (operand.shape[axis] ?? 0);
    const start = starts[axis] ?? 0;
    const limit = limits[axis] ?? 0;
    if (start >= offset && limit <= end && limit > start) {
      const shift = (positions: readonly number[]): number[] =>
        positions.map((position, i) => (i === axis ? position - offset : position));
      return slice(operand, shift(starts), shift(limits), strides);
    }
    offset = end;
  }
  return undefined;
}

/** A join of one goes; empty operands go; an operand that is a join along the same axis is joined directly. */
export const simplifyConcat: AlgebraRule = ({ node, inputs, builder }) => {
  if (node.op !== "concat") return undefined;
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) return only;
  const { axis } = node.attrs;
  const filled = inputs.filter((input) => input.shape[axis] !== 0);
  const flat = filled.flatMap((input) => {
    const inner = producer(builder, input, "concat");
    return inner !== undefined && inner.attrs.axis === axis ? inner.inputs : [input];
  });
  if (flat.length === 0 || flat.length === inputs.length) return undefined;
  return concat(flat, axis);
};

/** Padding by nothing goes. */
export const simplifyPad: AlgebraRule = ({ node, inputs: [x] }) =>
  node.op === "pad" && x !== undefined && sameShape(x.shape, node.type.shape) ? x : undefined;

/** A turn of axes of size 0 or 1 goes; a turn of a turn is one over the axes in one of them. */
export const simplifyReverse: AlgebraRule = ({ node, inputs: [x], builder }) => {
  if (node.op !== "reverse" || x === undefined) return undefined;
  const turned = node.attrs.axes.filter((axis) => (x.shape.at(axis) ?? 0) > 1);
  if (turned.length === 0) return x;
  const inner = producer(builder, x, "reverse");
  const isUndone =
    inner !== undefined &&
    [...inner.attrs.axes].sort().join() === [...node.attrs.axes].sort().join();
  return isUndone ? inner.inputs[0] : undefined;
};

/** A reduction over nothing, or over axes of size 1, moves no element. */
export const simplifyReduction: AlgebraRule = ({ node, inputs: [x] }) => {
  const isReduction = ["reduceSum", "reduceMax", "reduceMin", "reduceProd"].includes(node.op);
  if (!isReduction || x === undefined) return undefined;
  const keepsAll = sizeOf(x.shape) === sizeOf(node.type.shape) && sizeOf(x.shape) > 0;
  return keepsAll ? reshape(x, node.type.shape) : undefined;
};
