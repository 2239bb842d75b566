// The program of a single operation, and the reference for its result or the start of it. Pure.
import {
  applyPrecision,
  evaluate,
  graphCost,
  precisionPolicies,
  simplify,
  sizeOf,
  toReferences,
  type HostTensor,
  type TensorMap,
} from "@fastgpu/core";
import { opGraph } from "../suite/check-sense.ts";
import type { OpFile } from "../suite/suite-file.ts";
import { cached, stateIn, type InferenceWorkload, type Prepared } from "./inference-program.ts";
import { randomTensor } from "./random-tensor.ts";
import type { TrialScope } from "./trial.ts";

/** The reference takes some 20 ns an operation; beyond this a check would take longer than the measurement. */
const maxReferenceFlops = 1e8;
/** Rows that are compared with the reference where the whole would take too long. */
const checkedRows = 4;

/** Builds the program of an operation on seeded numbers. */
export function prepareOp(scope: TrialScope<InferenceWorkload>, op: OpFile): Prepared {
  const { precision, trial, workload, references } = scope;
  const { seed } = trial.config;
  const values = op.inputs.map(({ dtype = "f32", shape }, i) =>
    randomTensor({ dtype, shape }, seed + i),
  );
  const graph = simplify(applyPrecision(opGraph(op), precisionPolicies[precision]));
  const prepared = {
    graph,
    state: stateIn(graph, precision, pick(op, values, true)),
    inputs: pick(op, values, false),
  };
  const checked = checkablePart(op);
  if (checked === undefined) return prepared;
  const cut = values.map((value, i) => startOf(value, checked.inputs[i]?.shape ?? []));
  const [inputs, state] = [pick(checked, cut, false), pick(checked, cut, true)];
  const evaluateCut = (): ReturnType<typeof evaluate>["outputs"] =>
    evaluate(opGraph(checked), toReferences(inputs), toReferences(state)).outputs;
  return {
    ...prepared,
    reference: {
      words: checked === op ? "float64 reference" : "float64 reference of the first rows",
      evaluate: () => cached(references, `${workload.where} ${seed}`, evaluateCut),
    },
  };
}

/**
 * The operation itself if the reference is quick enough; else the same on fewer rows, where these give the start of the
 * result: the first rows of a product [m, k] x [k, n] or of a convolution's batch, the first of a batch of products.
 */
export function checkablePart(op: OpFile): OpFile | undefined {
  const isQuick = (part: OpFile): boolean => graphCost(opGraph(part)).flops <= maxReferenceFlops;
  if (isQuick(op)) return op;
  const rank = op.inputs[0]?.shape.length ?? 0;
  const isBatched = op.name === "matmul" && rank > 2;
  const isRowwise =
    op.name === "conv" || (op.name === "matmul" && op.attributes?.["transposeA"] !== true);
  if (!isBatched && !isRowwise) return undefined;
  const inputs = op.inputs.map((input, i) => {
    const isCut = isBatched ? input.shape.length === rank : i === 0;
    const [first = 0, ...rest] = input.shape;
    return isCut
      ? { ...input, shape: [Math.min(first, isBatched ? 1 : checkedRows), ...rest] }
      : input;
  });
  const part = { ...op, inputs };
  return isQuick(part) ? part : undefined;
}

/** Inputs of the program, or its constants, by name. */
function pick(op: OpFile, values: readonly HostTensor[], isConstant: boolean): TensorMap {
  const entries = op.inputs.flatMap((input, i) => {
    const value = values[i];
    const isWanted = (input.isConstant ?? false) === isConstant;
    return isWanted && value !== undefined ? [[`x${i}`, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The start of a tensor whose first axis is cut. */
function startOf(value: HostTensor, shape: readonly number[]): HostTensor {
  return { ...value, shape, data: value.data.subarray(0, sizeOf(shape)) };
}
