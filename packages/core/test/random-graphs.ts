// Random programs for tests of passes: chains of the ops that passes rewrite, over small dyadic numbers so that every
// result is exact in f32 and a changed order of operations shows no rounding.
import fc from "fast-check";
import * as f from "../src/functional.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Graph } from "../src/graph/graph.ts";
import { sameShape, type Shape } from "../src/graph/shape.ts";
import { tensorFrom } from "../src/graph/tensor.ts";
import type { Value } from "../src/graph/value.ts";
import { evaluate, type Evaluation, type RefMap } from "../src/reference/evaluate.ts";

/** One step of a chain: which op, and free numbers that choose operands and attributes. */
interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const constants = [0, 1, -1, 2, 0.5, 3];

/** Emits one op on values picked from the pool; every op gives something for any pick. */
type Emit = (pick: (index: number) => Value, step: Step) => Value;

const emits: readonly Emit[] = [
  (pick, { a, b }) => f.add(pick(a), broadcastable(pick(a), pick(b))),
  (pick, { a, b }) => f.sub(pick(a), broadcastable(pick(a), pick(b))),
  (pick, { a, b }) => f.mul(pick(a), broadcastable(pick(a), pick(b))),
  (pick, { a, b }) => f.maximum(pick(a), broadcastable(pick(a), pick(b))),
  (pick, { a, b }) => f.minimum(broadcastable(pick(a), pick(b)), pick(a)),
  (pick, { a, c }) => f.add(constants[c % constants.length]!, pick(a)),
  (pick, { a, c }) => f.mul(pick(a), constants[c % constants.length]!),
  (pick, { a, c }) => f.div(pick(a), [1, 2, -4, 0.5][c % 4]!),
  (pick, { a }) => f.neg(pick(a)),
  (pick, { a }) => f.abs(pick(a)),
  (pick, { a }) => f.pow(pick(a), 2),
  (pick, { a }) => f.cast(f.cast(f.cast(pick(a), "i32"), "f32"), "f32"),
  (pick, { a, b }) => {
    const [x, y] = [pick(a), broadcastable(pick(a), pick(b))];
    return f.select(f.not(f.not(f.greater(x, y))), x, y);
  },
  (pick, { a, b }) => f.reshape(pick(a), splitShape(pick(a).shape, b)),
  (pick, { a, b }) => f.transpose(pick(a), rotation(pick(a).shape.length, b)),
  (pick, { a, c }) => f.broadcastTo(pick(a), [(c % 2) + 1, ...pick(a).shape]),
  (pick, { a, b }) => {
    const x = pick(a);
    const starts = x.shape.map((size) => (size > 1 ? b % 2 : 0));
    return f.slice(
      x,
      starts,
      x.shape,
      x.shape.map((_, axis) => ((b + axis) % 2) + 1),
    );
  },
  (pick, { a, b, c }) =>
    f.pad(
      pick(a),
      pick(a).shape.map(() => b % 2),
      pick(a).shape.map(() => c % 2),
    ),
  (pick, { a, b, c }) => {
    // Both halves of an axis, padded back in place: the gradient of two slices.
    const x = pick(a);
    if (x.shape.length === 0) return f.add(x, x);
    const axis = b % x.shape.length;
    const size = x.shape[axis]!;
    const cut = c % (size + 1);
    const amounts = (amount: number): number[] => x.shape.map((_, i) => (i === axis ? amount : 0));
    const low = f.pad(f.sliceAxis(x, axis, 0, cut), amounts(0), amounts(size - cut));
    return f.add(low, f.pad(f.sliceAxis(x, axis, cut, size), amounts(cut), amounts(0)));
  },
  (pick, { a, b }) => {
    const x = pick(a);
    return x.shape.length === 0 ? x : f.concat([x, f.neg(x), x], b % x.shape.length);
  },
  (pick, { a, b }) => {
    const x = pick(a);
    return x.shape.length === 0 ? f.neg(x) : f.reverse(x, [b % x.shape.length]);
  },
  (pick, { a, b, c }) => {
    const x = pick(a);
    return f.reduceSum(x, x.shape.length === 0 ? [] : [b % x.shape.length], c % 2 === 0);
  },
  (pick, { a, b, c }) => {
    const x = pick(a);
    if (x.shape.length < 2) return f.relu(x);
    const swapped = f.transpose(x, swap(x.shape.length));
    return b % 2 === 0
      ? f.matmul(x, swapped)
      : f.matmul(swapped, swapped, c % 2 === 0, c % 2 !== 0);
  },
  (pick, { a }) => f.square(pick(a)),
];

/** Programs with inputs x [2,3], y [3], z [], a state slot s [2,3] that changes, and a few outputs. */
export const randomGraphs: fc.Arbitrary<Graph> = fc
  .array(
    fc.record({
      op: fc.nat(emits.length - 1),
      a: fc.nat(1000),
      b: fc.nat(1000),
      c: fc.nat(1000),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map(buildGraph);

function buildGraph(steps: readonly Step[]): Graph {
  const builder = new GraphBuilder("random");
  const pool = [
    builder.input("x", "f32", [2, 3]),
    builder.input("y", "f32", [3]),
    builder.input("z", "f32", []),
    builder.state("s", "f32", [2, 3]),
    builder.constant(tensorFrom("f32", [3], [1, -2, 0.5])),
    builder.constant(tensorFrom("f32", [2, 1], [0, 0])),
  ];
  for (const step of steps) {
    // Picks favour recent values, so that rules see chains and not only the inputs.
    const pick = (index: number): Value =>
      pool[pool.length - 1 - (index % Math.min(pool.length, 6))]!;
    const value = emits[step.op]!(pick, step);
    const size = value.shape.reduce((product, axis) => product * axis, 1);
    if (size <= 4096 && value.shape.length <= 6) pool.push(value);
  }
  const state = pool[3]!;
  const next = pool.findLast((value) => sameShape(value.shape, state.shape))!;
  builder.setNext("s", next);
  for (const [i, value] of pool.slice(-3).entries()) builder.output(`out${i}`, value);
  return builder.build();
}

/** Dyadic values for the inputs and the state of `randomGraphs`. */
export const randomValues: { readonly inputs: RefMap; readonly state: RefMap } = {
  inputs: {
    x: { dtype: "f32", shape: [2, 3], data: Float64Array.of(1, -2, 0.5, 3, 0, -1) },
    y: { dtype: "f32", shape: [3], data: Float64Array.of(2, -0.5, 1) },
    z: { dtype: "f32", shape: [], data: Float64Array.of(-3) },
  },
  state: { s: { dtype: "f32", shape: [2, 3], data: Float64Array.of(0.5, 1, -1, 2, -2, 0) } },
};

/** Largest magnitude that keeps sums and products of dyadic numbers exact in f32. */
const exactLimit = 2 ** 16;

/** What a graph computes on `randomValues`, or undefined where it leaves the range in which f32 is exact. */
export function evaluateExact(graph: Graph): Evaluation | undefined {
  const probe: Graph = {
    ...graph,
    outputs: graph.nodes.map((node) => ({ name: `node${node.id}`, node: node.id })),
  };
  const all = evaluate(probe, randomValues.inputs, randomValues.state).outputs;
  const isExact = Object.values(all).every(({ data }) =>
    data.every((value) => Math.abs(value) <= exactLimit && Number.isInteger(value * 256)),
  );
  return isExact ? evaluate(graph, randomValues.inputs, randomValues.state) : undefined;
}

/** `other` if it broadcasts into the shape of `x`, else x itself. */
function broadcastable(x: Value, other: Value): Value {
  const lead = x.shape.length - other.shape.length;
  const fits =
    lead >= 0 && other.shape.every((size, i) => size === 1 || size === x.shape[i + lead]);
  return fits ? other : x;
}

function splitShape(shape: Shape, choice: number): number[] {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const divisors = [1, 2, 3, size].filter((divisor) => size % divisor === 0);
  const first = divisors[choice % divisors.length]!;
  return [first, first === 0 ? 0 : size / first];
}

function rotation(rank: number, by: number): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis + by) % rank);
}

function swap(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
}
