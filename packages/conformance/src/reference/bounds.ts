// What a program must give and how far a device may be off, by Monte Carlo arithmetic (Parker 1997): the float64
// reference is run again with each intermediate result moved by its possible rounding error in a random direction.
// So a tolerance grows with depth, number of terms and conditioning, and an exact program must be matched exactly.
import {
  GraphError,
  definitionOf,
  inlineComposites,
  isOpNode,
  isPrimitive,
  sizeOf,
  tensorFrom,
  toNumbers,
  type Graph,
  type GraphNode,
  type OpNode,
  type PrimitiveName,
  type RefMap,
  type RefTensor,
} from "@fastgpu/core";
import { uniform } from "@fastgpu/core/random";
import { evaluateNode } from "@fastgpu/core/reference";
import { errorModels, safetyFactor, unitRoundoff } from "./tolerance.ts";

/** An expected tensor with the largest allowed error of each element; `NaN` and infinities are expected as such. */
export interface BoundedTensor extends RefTensor {
  readonly bounds: Float64Array;
}

/** What one run of a program must give. */
export interface BoundedRun {
  readonly outputs: Readonly<Record<string, BoundedTensor>>;
  /** Every state slot after the run. */
  readonly state: Readonly<Record<string, BoundedTensor>>;
}

/** Perturbed evaluations beside the exact one. Their largest deviation times the safety factor is the bound. */
const SAMPLES = 3;

/**
 * Expected results of consecutive runs.
 *
 * @param inputs - those of each run
 * @param initial - the state before the first
 */
export function expectRuns(
  graph: Graph,
  inputs: readonly RefMap[],
  initial: RefMap = {},
): BoundedRun[] {
  const flat = inlineComposites(graph);
  const unit = coarsestUnit(flat);
  const evaluations = Array.from({ length: SAMPLES + 1 }, (_, sample) =>
    evaluateRuns(flat, inputs, initial, sample),
  );
  return inputs.map((_, run) => {
    const bounded = (key: "outputs" | "state"): Record<string, BoundedTensor> => {
      const exact = evaluations[0]![run]![key];
      return Object.fromEntries(
        Object.keys(exact).map((name) => {
          const samples = evaluations.slice(1).map((runs) => runs[run]![key][name]!);
          return [name, boundedTensor(exact[name]!, samples, unit)];
        }),
      );
    };
    return { outputs: bounded("outputs"), state: bounded("state") };
  });
}

interface Values {
  readonly outputs: RefMap;
  readonly state: RefMap;
}

/** Evaluates runs one after another; sample 0 is exact. */
function evaluateRuns(
  graph: Graph,
  inputs: readonly RefMap[],
  initial: RefMap,
  sample: number,
): Values[] {
  let state = initial;
  return inputs.map((feeds, run) => {
    const values: RefTensor[] = [];
    for (const node of graph.nodes) {
      const value = evaluateNode(node, values, feeds, state);
      values.push(sample === 0 ? value : perturb(node, value, values, [sample, run]));
    }
    const at = (id: number): RefTensor => values[id]!;
    state = Object.fromEntries(
      graph.state.map((slot) => [slot.name, at(slot.next ?? slot.node)] as const),
    );
    const outputs = Object.fromEntries(graph.outputs.map((port) => [port.name, at(port.node)]));
    return { outputs, state };
  });
}

/** The value as an engine might have rounded it. */
function perturb(
  node: GraphNode,
  value: RefTensor,
  values: readonly RefTensor[],
  [sample, run]: readonly [number, number],
): RefTensor {
  if (node.op === "constant") return perturbConstant(value, sample);
  if (!isOpNode(node) || !isPrimitive(node.op) || errorModels[node.op] === "exact") return value;
  const unit = unitRoundoff[value.dtype];
  if (unit === 0 || value.data.length === 0) return value;
  if (node.op === "cast" && unit <= unitRoundoff[values[node.inputs[0]!]!.dtype]) return value;
  const { magnitudes, counts, roundings } = errorScale(node, node.op, value, values);
  // No error where the dtype holds the result of a correctly rounded op or of a division, as a whole quotient, or that of a
  // sum without cancellation of round numbers, as a count, or of two terms. Other sums round on the way.
  const canBeExact = errorModels[node.op] === 1 || node.op === "div" || magnitudes !== undefined;
  const held = canBeExact ? roundedTo(value) : undefined;
  const signs = uniform([sample * 0x10001 + run, node.id], value.data.length);
  const data = value.data.map((element, i) => {
    const scale = magnitudes?.[i] ?? Math.abs(element);
    const isPlain =
      magnitudes === undefined ||
      (scale === Math.abs(element) && (element % ROUND === 0 || (counts?.[i] ?? 3) <= 2));
    const isExact = held?.[i] === element && isPlain;
    if (!Number.isFinite(element) || isExact) return element;
    return element + (signs[i]! < 0.5 ? -1 : 1) * roundings * unit * scale;
  });
  // Rounded as a device would hold it, so that what follows can be exact where it is on a device.
  return { ...value, data: roundedTo({ ...value, data }) };
}

/** Numbers that every dtype holds: multiples of this, as far as they are small. */
const ROUND = 1 / 64;

/** Constants stand for attributes of composites, which an engine may keep more precisely than the dtype does. */
function perturbConstant(value: RefTensor, sample: number): RefTensor {
  const unit = unitRoundoff[value.dtype];
  if (unit === 0 || value.shape.length > 0) return value;
  const data = value.data.map((element) =>
    element % ROUND === 0 ? element : element * (1 + (sample % 2 === 0 ? unit : -unit)),
  );
  return { ...value, data };
}

/** The elements as the dtype holds them. */
function roundedTo({ dtype, shape, data }: RefTensor): Float64Array {
  return toNumbers(tensorFrom(dtype, shape, data));
}

/** What the rounding error of a node is proportional to, and how many roundings of it there are. */
function errorScale(
  node: OpNode,
  op: PrimitiveName,
  value: RefTensor,
  values: readonly RefTensor[],
): { magnitudes?: Float64Array; counts?: Float64Array; roundings: number } {
  const operands = node.inputs.map((id) => values[id]!);
  const model = errorModels[op];
  if (typeof model === "number") return { roundings: model };
  if (model === "product") return { roundings: termsOf(node, operands, value) };
  const absolute = operands.map((operand) => ({ ...operand, data: operand.data.map(Math.abs) }));
  // maxPoolGrad adds up what it routes by its first two operands; only the third is summed.
  const terms = op === "maxPoolGrad" ? [operands[0]!, operands[1]!, absolute[2]!] : absolute;
  const reference = { ...node, inputs: terms.map((_, i) => i) } as unknown as GraphNode;
  const { data } = evaluateNode(reference, terms, {}, {});
  const ones = terms.map((term) => ({ ...term, data: term.data.map((v) => (v === 0 ? 0 : 1)) }));
  const counts =
    op === "reduceSum" || op === "matmul"
      ? { counts: evaluateNode(reference, ones, {}, {}).data }
      : {};
  // Errors of many additions partly cancel: the square root of their number is what is seen (Higham 2002, 2.6).
  return { magnitudes: data, ...counts, roundings: Math.sqrt(termsOf(node, operands, value)) + 1 };
}

/** Number of terms behind one element. */
function termsOf(node: OpNode, operands: readonly RefTensor[], value: RefTensor): number {
  const definition = definitionOf(node.op);
  if (definition.kind !== "primitive") {
    throw new GraphError(`bounds: op must be a primitive, got ${node.op}`);
  }
  const flops = definition.flops(operands, node.attrs, value);
  return Math.max(1, flops / Math.max(1, sizeOf(value.shape)));
}

function boundedTensor(
  exact: RefTensor,
  samples: readonly RefTensor[],
  unit: number,
): BoundedTensor {
  const deviations = exact.data.map((element, i) =>
    samples.reduce((most, { data }) => {
      const other = data[i]!;
      return Object.is(other, element) || other === element
        ? most
        : Math.max(most, Math.abs(other - element));
    }, 0),
  );
  const isExact = deviations.every((deviation) => deviation === 0);
  if (isExact) return { ...exact, bounds: deviations };
  const largest = exact.data.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  // Integers and bools that no sample changed are not allowed to change, others only as far as a sample did.
  if (unitRoundoff[exact.dtype] === 0) return { ...exact, bounds: deviations };
  const rounding = 4 * unit;
  const floor = Math.min(1, largest);
  const bounds = deviations.map(
    (deviation, i) =>
      safetyFactor * deviation + rounding * Math.max(floor, Math.abs(finite(exact.data[i]!))),
  );
  return { ...exact, bounds };
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** A device may compute a whole program in the least precise dtype that occurs in it. */
function coarsestUnit(graph: Graph): number {
  return graph.nodes.reduce((most, { type }) => Math.max(most, unitRoundoff[type.dtype]), 0);
}
