// Which kernel family computes a heavy node, and its problem in sizes. A faster family for some problems is a line here.
import { sizeOf } from "@fastgpu/core";
import { avgPool, avgPoolGrad } from "../kernels/avg-pool.ts";
import { conv } from "../kernels/conv.ts";
import { convFilterGrad } from "../kernels/conv-filter-grad.ts";
import { convInputGrad } from "../kernels/conv-input-grad.ts";
import { convProblem, type ConvProblem } from "../kernels/conv-problem.ts";
import type { AdapterTraits, Kernel, KernelFamily, Operand, Tile } from "../kernels/kernel.ts";
import { matmul, type MatmulProblem } from "../kernels/matmul.ts";
import { maxPool } from "../kernels/max-pool.ts";
import { maxPoolGrad } from "../kernels/max-pool-grad.ts";
import { poolProblem, type PoolProblem } from "../kernels/pool-problem.ts";
import { scatterAdd, type ScatterProblem } from "../kernels/scatter-add.ts";
import {
  valueTypeOf,
  type ConvAttrs,
  type OpNode,
  type PrimitiveAttrs,
  type Program,
  type Shape,
} from "./program.ts";

/** A family with a problem for it. */
export interface Application {
  readonly family: KernelFamily<unknown>;
  readonly problem: unknown;
}

/**
 * The tile for a problem; undefined leaves it to the family, which also heeds the kernel's `share` of all operations.
 */
export type TileChoice = (
  application: Application,
  operands: readonly Operand[],
  share: number,
) => Tile | undefined;

/** The family and problem of a node that has operands in memory. */
export function applicationOf({ nodes }: Program, node: OpNode): Application {
  const shapes = node.inputs.map((id) => nodes[id]!.type.shape);
  const [a, b] = [shapes[0]!, shapes[1] ?? []];
  const { attrs, type } = node;
  switch (node.op) {
    case "matmul":
      return apply(matmul, matmulProblem(node, a, b));
    case "conv":
      return apply(conv, convProblem(a, b, type.shape, attrs as ConvAttrs));
    case "convInputGrad":
      return apply(convInputGrad, convProblem(type.shape, b, a, attrs as ConvAttrs));
    case "convFilterGrad":
      return apply(convFilterGrad, convProblem(a, type.shape, b, attrs as ConvAttrs));
    case "maxPool":
      return pool(maxPool, a, type.shape, attrs as PrimitiveAttrs<"maxPool">);
    case "maxPoolGrad":
      return pool(maxPoolGrad, a, b, attrs as PrimitiveAttrs<"maxPool">);
    case "avgPool":
      return pool(avgPool, a, type.shape, attrs as PrimitiveAttrs<"avgPool">);
    case "avgPoolGrad":
      return pool(avgPoolGrad, type.shape, a, attrs as PrimitiveAttrs<"avgPoolGrad">);
    case "scatterAdd":
      return apply(scatterAdd, scatterProblem(node, a));
    default:
      throw new TypeError(`${node.op} must have a kernel family`);
  }
}

/** The kernel of an application, by the chosen tile or the family's own, which depends on its `share` of all operations. */
export function kernelOf(
  application: Application,
  operands: readonly Operand[],
  traits: AdapterTraits,
  choose: TileChoice,
  share: number,
): Kernel {
  const { family, problem } = application;
  const tile =
    choose(application, operands, share) ?? family.defaultTile(problem, operands, traits, share);
  return family.build(problem, operands, traits, tile);
}

/** The family's methods take the problem that stands beside them and no other. */
function apply<P>(family: KernelFamily<P>, problem: P): Application {
  return { family: family, problem };
}

function pool(
  family: KernelFamily<PoolProblem>,
  x: Shape,
  y: Shape,
  attrs: PrimitiveAttrs<"maxPool"> | PrimitiveAttrs<"avgPool">,
): Application {
  return apply(family, poolProblem(x, y, attrs));
}

function matmulProblem(node: OpNode, a: Shape, b: Shape): MatmulProblem {
  const { transposeA, transposeB } = node.attrs as PrimitiveAttrs<"matmul">;
  const { shape, dtype } = node.type;
  const batch = shape.slice(0, -2);
  return {
    m: shape.at(-2)!,
    n: shape.at(-1)!,
    k: transposeA ? a.at(-2)! : a.at(-1)!,
    batch,
    batchStepsA: batchSteps(a.slice(0, -2), batch),
    batchStepsB: batchSteps(b.slice(0, -2), batch),
    transposeA,
    transposeB,
    accumulator: valueTypeOf(dtype) === "f32" ? "f32" : "i32",
  };
}

/** Steps in matrices of an operand along the leading axes of the result. */
function batchSteps(own: Shape, batch: Shape): number[] {
  const missing = batch.length - own.length;
  return batch.map((_, axis) => {
    const at = axis - missing;
    if (at < 0 || own[at] === 1) return 0;
    return sizeOf(own.slice(at + 1));
  });
}

function scatterProblem(node: OpNode, indices: Shape): ScatterProblem {
  const { axis, size } = node.attrs as PrimitiveAttrs<"scatterAdd">;
  const { shape, dtype } = node.type;
  const at = axis < 0 ? axis + shape.length : axis;
  return {
    outer: sizeOf(shape.slice(0, at)),
    count: sizeOf(indices),
    size,
    inner: sizeOf(shape.slice(at + 1)),
    accumulator: valueTypeOf(dtype) === "f32" ? "f32" : "i32",
  };
}

/** The problem types, for callers that store tiles. */
export type Problem = MatmulProblem | ConvProblem | PoolProblem | ScatterProblem;
