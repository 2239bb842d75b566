// Programs that nobody thought of: graphs of ops drawn at random from fixed seeds, several outputs each, so that engines
// meet combinations, reuse of values and fusions that no hand-written case has.
import { GraphBuilder, isFloat, sameShape, sizeOf, type DType, type Value } from "@fastgpu/core";
import * as f from "@fastgpu/core/functional";
import { uniform } from "@fastgpu/core/random";
import { sampleInputs } from "@fastgpu/core/reference";
import type { ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";

/** Programs in the suite. */
const COUNT = 80;
/** Ops of a program. */
const LENGTH = 14;

/** Numbers from a seed, one after the other. */
class Dice {
  private readonly rolls: Float64Array;
  private next = 0;

  constructor(seed: number) {
    this.rolls = uniform([seed, 0x2b1d], 4096);
  }

  /** An integer in [0, sides). */
  roll(sides: number): number {
    const value = this.rolls[this.next++ % this.rolls.length] ?? 0;
    return Math.min(sides - 1, Math.floor(value * sides));
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.roll(items.length)];
  }
}

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

function randomProgram(seed: number): Program {
  const builder = new GraphBuilder(`random ${seed}`);
  const values = inputs.map(([dtype, shape], i) => builder.input(`x${i}`, dtype, shape));
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
  return { graph, runs: [sampleInputs(graph, seed), sampleInputs(graph, seed + 1000)] };
}

/** Cases of random programs. */
export const randomProgramCases: readonly ConformanceCase[] = Array.from(
  { length: COUNT },
  (_, i) => programCase(`program/random ${i + 1}`, () => randomProgram(i + 1)),
);
