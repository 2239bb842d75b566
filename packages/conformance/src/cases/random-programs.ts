// Programs that nobody thought of: graphs of ops drawn at random from fixed seeds, several outputs each, so that engines
// meet combinations, reuse of values and fusions that no hand-written case has.
import {
  copyNodes,
  differentiate,
  GraphBuilder,
  isFloat,
  sameShape,
  sizeOf,
  type DType,
  type Value,
} from "@fastgpu/core";
import * as f from "@fastgpu/core/functional";
import { sampleInputs, sampleState } from "@fastgpu/core/reference";
import type { ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";
import { Dice } from "./dice.ts";

/** Programs in the suite. */
const COUNT = 80;
/** Ops of a program. */
const LENGTH = 14;

/** What a rule may use: values so far, newest last. */
interface Pool {
  readonly dice: Dice;
  readonly values: Value[];
  readonly builder: GraphBuilder;
}

/** Adds a value to the pool, or gives up if the pool has no operand that fits. */
type Rule = (pool: Pool) => Value | undefined;

const any = ({ dice, values }: Pool): Value | undefined => dice.pick(values);

function ofType(pool: Pool, accepts: (value: Value) => boolean): Value | undefined {
  return pool.dice.pick(pool.values.filter(accepts));
}

const float = (pool: Pool): Value | undefined => ofType(pool, ({ dtype }) => dtype === "f32");
const number = (pool: Pool): Value | undefined => ofType(pool, ({ dtype }) => dtype !== "bool");

/** Operands of one dtype that broadcast: of the same shape, or one of them a scalar or a row of the other. */
function pair(pool: Pool, first: (pool: Pool) => Value | undefined): [Value, Value] | undefined {
  const a = first(pool);
  if (a === undefined) return undefined;
  const b = ofType(
    pool,
    ({ dtype, shape }) =>
      dtype === a.dtype &&
      (sameShape(shape, a.shape) || shape.length === 0 || sameShape(shape, a.shape.slice(-1))),
  );
  return b === undefined ? undefined : pool.dice.roll(2) === 0 ? [a, b] : [b, a];
}

const binary =
  (op: (a: Value, b: Value) => Value, first = number): Rule =>
  (pool) => {
    const operands = pair(pool, first);
    return operands === undefined ? undefined : op(...operands);
  };

const unary =
  (op: (x: Value) => Value, first = float): Rule =>
  (pool) => {
    const x = first(pool);
    return x === undefined ? undefined : op(x);
  };

const axisOf = (pool: Pool, { shape }: Value): number => pool.dice.roll(shape.length);

const alongAxis =
  (op: (x: Value, axis: number, dice: Dice) => Value, first = any): Rule =>
  (pool) => {
    const x = first(pool);
    return x === undefined || x.shape.length === 0 || sizeOf(x.shape) === 0
      ? undefined
      : op(x, axisOf(pool, x), pool.dice);
  };

/** Grows slowly, so that no program leaves the range where f32 is precise. */
const rules: readonly Rule[] = [
  binary(f.add),
  binary(f.sub),
  binary((a, b) => (isFloat(a.dtype) ? f.mul(f.tanh(a), b) : f.mul(a, b))),
  binary(f.maximum),
  binary(f.minimum),
  binary((a, b) => f.div(a, f.add(f.abs(b), 1)), float),
  binary((a, b) => f.select(f.less(a, b), a, f.mul(b, 2))),
  binary((a, b) => f.cast(f.or(f.greater(a, b), f.equal(a, b)), "f32")),
  unary(f.tanh),
  unary(f.sigmoid),
  unary((x) => f.exp(f.minimum(x, 1))),
  unary((x) => f.sqrt(f.add(f.abs(x), 0.5))),
  unary((x) => f.log(f.add(f.abs(x), 1))),
  unary(f.erf),
  unary(f.relu),
  unary(f.gelu),
  unary(f.silu),
  unary((x) => f.neg(x), number),
  unary((x) => f.cast(f.clip(x, -100, 100), "i32")),
  unary((x) => f.cast(x, "f32"), number),
  alongAxis((x, axis) => f.reduceSum(x, [axis], true), number),
  alongAxis((x, axis) => f.reduceMax(x, [axis]), number),
  alongAxis((x, axis) => f.reduceMean(x, [axis], true), float),
  alongAxis((x, axis) => f.softmax(x, axis), float),
  alongAxis((x, axis) => f.reverse(x, [axis])),
  alongAxis((x, axis) => f.concat([x, x], axis)),
  alongAxis((x, axis, dice) => {
    const size = x.shape[axis] ?? 1;
    const start = dice.roll(size);
    return f.sliceAxis(x, axis, start, start + 1 + dice.roll(size - start));
  }),
  alongAxis((x) => f.transpose(x)),
  alongAxis((x) => f.reshape(x, [sizeOf(x.shape)])),
  alongAxis((x, axis) => f.pad(x, ...padding(x, axis)), number),
  (pool) => {
    const a = ofType(pool, ({ dtype, shape }) => dtype === "f32" && shape.length === 2);
    return a === undefined ? undefined : f.mul(f.matmul(a, a, false, true), 0.1);
  },
];

function padding({ shape }: Value, at: number): [number[], number[]] {
  return [shape.map((_, axis) => (axis === at ? 1 : 0)), shape.map(() => 0)];
}

const inputs: readonly (readonly [DType, readonly number[]])[] = [
  ["f32", [4, 5]],
  ["f32", [5]],
  ["f32", []],
  ["f32", [4, 5]],
  ["i32", [4, 5]],
  ["i32", []],
  ["f32", [2, 3, 2]],
];

/**
 * The program of a seed.
 *
 * @param isFrozen - takes every second operand from a frozen state, which engines fold into constants
 */
export function randomProgram(seed: number, isFrozen = false): Program {
  const builder = new GraphBuilder(`random ${seed}`);
  const values = inputs.map(([dtype, shape], i) =>
    isFrozen && i % 2 === 0
      ? builder.state(`s${i}`, dtype, shape)
      : builder.input(`x${i}`, dtype, shape),
  );
  const pool: Pool = { dice: new Dice(seed), values, builder };
  const made: Value[] = [];
  for (let tries = 0; made.length < LENGTH && tries < 20 * LENGTH; tries++) {
    const value = pool.dice.pick(rules)?.(pool);
    if (value === undefined || sizeOf(value.shape) > 500) continue;
    values.push(value);
    made.push(value);
  }
  // The last values and one in the middle: outputs that are also operands.
  [...made.slice(-4), ...made.slice(5, 6)].forEach((value, i) => {
    builder.output(`y${i}`, value);
  });
  const graph = builder.build();
  const runs = [sampleInputs(graph, seed), sampleInputs(graph, seed + 1000)];
  return isFrozen ? { graph, runs, state: sampleState(graph, seed), isFrozen } : { graph, runs };
}

/** The gradients of the program of a seed by its f32 inputs: of the sum of the means of its f32 outputs. */
export function randomGradient(seed: number): Program {
  const { graph, runs } = randomProgram(seed);
  const { builder, at } = copyNodes(graph);
  const terms = graph.outputs
    .map(({ node }) => at(node))
    .filter(({ dtype }) => dtype === "f32")
    .map((value) => f.reduceMean(f.mul(value, f.cos(value))));
  const loss = terms.reduce((sum, term) => f.add(sum, term), builder.scalar(0, "f32"));
  builder.output("loss", loss);
  const wrt = graph.inputs
    .filter(({ node }) => graph.nodes[node]?.type.dtype === "f32")
    .map(({ name }) => name);
  const derived = differentiate(builder.build(), "loss", wrt);
  wrt.forEach((name, i) => {
    const gradient = derived.gradients[i];
    if (gradient !== undefined) derived.builder.output(name, gradient);
  });
  return { graph: derived.builder.build(), runs };
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Cases of random programs. */
export const randomProgramCases: readonly ConformanceCase[] = [
  ...seeds(COUNT).map((seed) => programCase(`program/random ${seed}`, () => randomProgram(seed))),
  ...seeds(COUNT / 4).flatMap((seed) => [
    programCase(`program/random ${seed} with frozen state`, () => randomProgram(seed, true)),
    programCase(`program/gradient of random ${seed}`, () => randomGradient(seed)),
  ]),
];
