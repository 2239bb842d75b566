// Random programs on ONNX Runtime give what the reference interpreter gives. Values are small dyadic numbers, which f32
// holds exactly through every op used, so results must be equal and not merely close.
import {
  evaluate,
  GraphBuilder,
  printGraph,
  sizeOf,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type Evaluation,
  type Graph,
  type TensorMap,
  type Value,
} from "@fastgpu/core";
import * as f from "@fastgpu/core/functional";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestDevice } from "./device.ts";

let device: Device;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.dispose());

/** One node: which op, and free numbers that choose operands and attributes. */
interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
}

type Emit = (x: Value, b: number, other: (like: Value) => Value) => Value;

const axisOf = (x: Value, b: number): number => b % Math.max(x.shape.length, 1);
const indices = (x: Value, values: readonly number[]): Value => {
  const parts = values.map((value) => f.reshape(x.emitter.scalar(value, "i32"), [1]));
  return f.reshape(f.concat(parts, 0), [2, values.length / 2]);
};

const emits: readonly Emit[] = [
  (x, _b, other) => f.add(x, other(x)),
  (x, _b, other) => f.sub(other(x), x),
  (x, _b, other) => f.mul(x, other(x)),
  (x, _b, other) => f.maximum(x, other(x)),
  (x, _b, other) => f.minimum(x, other(x)),
  (x, b) => f.mul(x, [0, 1, -1, 2, 0.5, -0.25][b % 6]!),
  (x, b) => f.div(x, [1, 2, -4, 0.5][b % 4]!),
  (x) => f.abs(f.neg(x)),
  (x, b) => [f.floor, f.ceil, f.round, f.sign][b % 4]!(x),
  (x) => f.relu(x),
  (x, b) => f.clip(x, -(b % 3), b % 5),
  (x, _b, other) => f.select(f.greater(x, other(x)), x, f.neg(x)),
  (x, _b, other) => f.cast(f.or(f.less(x, other(x)), f.equal(x, 1)), "f32"),
  (x, b) => f.cast(f.cast(x, (["i32", "i8", "bool", "f16"] as const)[b % 4]!), "f32"),
  (x) => f.cast(f.mul(f.cast(x, "i32"), f.cast(f.floor(x), "i32")), "f32"),
  (x) => f.reshape(x, [sizeOf(x.shape)]),
  (x, b) => f.reshape(x, b % 2 === 0 ? [1, ...x.shape] : [...x.shape, 1]),
  (x, b) =>
    f.transpose(
      x,
      x.shape.map((_, axis) => (axis + b) % x.shape.length),
    ),
  (x, b) => f.broadcastTo(x, [(b % 3) + 1, ...x.shape]),
  (x, b) =>
    f.slice(
      x,
      x.shape.map((size) => (size > 1 ? b % 2 : 0)),
      x.shape,
      x.shape.map((_, axis) => ((b + axis) % 2) + 1),
    ),
  (x, b) => f.sliceAxis(x, axisOf(x, b), 0, b % ((x.shape[axisOf(x, b)] ?? 0) + 1)),
  (x, b) => {
    const sides = x.shape.map((_, axis) => (axis + b) % 3);
    return f.pad(
      x,
      sides,
      x.shape.map((_, axis) => (axis + b) % 2),
      b % 2,
      sides,
    );
  },
  (x, b) => f.concat([x, f.neg(x), f.sliceAxis(x, axisOf(x, b), 0, b % 2)], axisOf(x, b)),
  (x, b) => f.reverse(x, [axisOf(x, b)]),
  (x, b) => f.reduceSum(x, [axisOf(x, b)], b % 2 === 0),
  (x, b) => (b % 2 === 0 ? f.reduceMax : f.reduceMin)(x, [axisOf(x, b)], b % 3 === 0),
  (x, b) => (sizeOf(x.shape) === 0 ? x : f.cast(f.argMax(x, axisOf(x, b)), "f32")),
  (x, b) => {
    const axis = axisOf(x, b);
    const size = x.shape[axis]!;
    if (size === 0) return x;
    const rows = indices(x, [0, size - 1, b % size, 0]);
    return f.scatterAdd(rows, f.gather(x, rows, axis), axis, size);
  },
  (x, b) => {
    if (x.shape.length < 2) return f.relu(x);
    const { length } = x.shape;
    const swapped = x.shape.map((_, axis) => (axis < length - 2 ? axis : 2 * length - 3 - axis));
    return b % 2 === 0 ? f.matmul(x, f.transpose(x, swapped)) : f.matmul(x, x, true, false);
  },
];

const programs: fc.Arbitrary<Graph> = fc
  .array(fc.record({ op: fc.nat(emits.length - 1), a: fc.nat(1000), b: fc.nat(1000) }), {
    minLength: 2,
    maxLength: 12,
  })
  .map(build);

function build(steps: readonly Step[]): Graph {
  const b = new GraphBuilder("random");
  const pool = [
    b.input("x", "f32", [2, 3]),
    b.input("y", "f32", [3]),
    b.input("one", "f32", [1, 1]),
    b.input("none", "f32", [0, 3]),
    b.state("s", "f32", [2, 3]),
  ];
  for (const step of steps) {
    const recent = Math.min(pool.length, 5);
    const x = pool[pool.length - 1 - (step.a % recent)]!;
    const other = (like: Value): Value => pool.findLast((value) => fits(value, like)) ?? like;
    const value = x.shape.length === 0 ? f.reshape(x, [1]) : emits[step.op]!(x, step.b, other);
    if (sizeOf(value.shape) <= 2048 && value.shape.length <= 5) pool.push(value);
  }
  const state = pool.findLast(({ shape }) => String(shape) === "2,3")!;
  b.setNext("s", state);
  for (const [i, value] of pool.slice(-3).entries()) b.output(`out${i}`, value);
  return b.build();
}

/** Another value that broadcasts into the shape of `like`. */
function fits(value: Value, like: Value): boolean {
  const lead = like.shape.length - value.shape.length;
  const isInside = value.shape.every((size, i) => size === 1 || size === like.shape[i + lead]);
  return value !== like && lead >= 0 && isInside;
}

const inputs: TensorMap = {
  x: tensorFrom("f32", [2, 3], [1, -2, 0.5, 3, 0, -1]),
  y: tensorFrom("f32", [3], [2, -0.5, 1]),
  one: tensorFrom("f32", [1, 1], [-3]),
  none: tensorFrom("f32", [0, 3], []),
};
const state: TensorMap = { s: tensorFrom("f32", [2, 3], [0.5, 1, -1, 2, -2, 0]) };

/** What a program computes, or undefined where a value in it leaves what f16 and i8, which it may pass, hold exactly. */
function evaluateExact(graph: Graph): Evaluation | undefined {
  const outputs = graph.nodes.map((node) => ({ name: `node${node.id}`, node: node.id }));
  const [given, initial] = [toReferences(inputs), toReferences(state)];
  const all = evaluate({ ...graph, outputs }, given, initial).outputs;
  const isExact = Object.values(all).every(({ data }) =>
    data.every(
      (value) => !Number.isFinite(value) || (Math.abs(value) < 128 && Number.isInteger(value * 8)),
    ),
  );
  return isExact ? evaluate(graph, given, initial) : undefined;
}

it("computes what the reference computes, for 200 random programs", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async (graph) => {
      const right = evaluateExact(graph);
      fc.pre(right !== undefined);
      const resident = await device.createState(state);
      const program = await device.compile(graph, resident);
      const found = { ...(await program.run(inputs)), ...(await resident.read()) };
      await program.dispose();
      await resident.dispose();
      for (const [name, { dtype, shape, data }] of Object.entries({
        ...right.outputs,
        ...right.state,
      })) {
        const value = found[name]!;
        expect([value.dtype, value.shape], printGraph(graph)).toEqual([dtype, shape]);
        // Adding 0 turns -0 into 0: the engine's own rewriting may change the sign of zero.
        const numbers = [...toNumbers(value)].map((element) => element + 0);
        expect(numbers, `${name} of ${printGraph(graph)}`).toEqual([...data].map((n) => n + 0));
      }
    }),
    { seed: 7, numRuns: 200 },
  );
  expect(device.counters().liveTensors).toBe(0);
});
