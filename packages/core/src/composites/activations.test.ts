// Activations against values worked out from their definitions, and their gradient rules against differences.
import { expect, test } from "vitest";
import * as f from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { evaluate } from "../reference/evaluate.ts";
import { checkGradient } from "../reference/gradient-check.ts";

function unaryGraph(apply: (x: Value) => Value, count: number): Graph {
  const builder = new GraphBuilder("unary");
  builder.output("y", apply(builder.input("x", "f32", [count])));
  return builder.build();
}

function run(apply: (x: Value) => Value, points: readonly number[]): number[] {
  const x = { dtype: "f32", shape: [points.length], data: Float64Array.from(points) } as const;
  return [...evaluate(unaryGraph(apply, points.length), { x }).outputs["y"]!.data];
}

// Phi(1) = 0.8413447460685429 and e = 2.718281828459045 from tables; the rest follows by hand from the definitions.
const phi1 = 0.8413447460685429;
const sigmoid1 = 1 / (1 + Math.exp(-1));
const cases: readonly {
  readonly name: string;
  readonly apply: (x: Value) => Value;
  readonly values: readonly (readonly [x: number, y: number])[];
}[] = [
  {
    name: "relu",
    apply: f.relu,
    values: [
      [-2, 0],
      [0, 0],
      [3, 3],
    ],
  },
  {
    name: "leakyRelu",
    apply: (x) => f.leakyRelu(x, 0.1),
    values: [
      [-2, -0.2],
      [0, 0],
      [3, 3],
    ],
  },
  {
    name: "elu",
    apply: (x) => f.elu(x, 2),
    values: [
      [-1, 2 * (Math.exp(-1) - 1)],
      [0, 0],
      [800, 800],
    ],
  },
  {
    name: "selu",
    apply: f.selu,
    values: [
      [-1, -1.1113307378125625],
      [0, 0],
      [1, 1.0507009873554805],
    ],
  },
  {
    name: "gelu",
    apply: f.gelu,
    values: [
      [-1, phi1 - 1],
      [0, 0],
      [1, phi1],
      [40, 40],
    ],
  },
  {
    name: "geluTanh",
    apply: f.geluTanh,
    values: [
      [1, 0.8411919906082768],
      [0, 0],
      [40, 40],
    ],
  },
  {
    name: "silu",
    apply: f.silu,
    values: [
      [1, sigmoid1],
      [-1, sigmoid1 - 1],
      [0, 0],
    ],
  },
  {
    name: "softplus",
    apply: f.softplus,
    values: [
      [0, Math.LN2],
      [1, 1 - Math.log(sigmoid1)],
      [900, 900],
      [-900, 0],
    ],
  },
  {
    name: "softsign",
    apply: f.softsign,
    values: [
      [3, 0.75],
      [-1, -0.5],
      [0, 0],
    ],
  },
  {
    name: "hardSigmoid",
    apply: (x) => f.hardSigmoid(x, 0.2, 0.5),
    values: [
      [0, 0.5],
      [1, 0.7],
      [3, 1],
      [-3, 0],
    ],
  },
  {
    name: "hardSwish",
    apply: f.hardSwish,
    values: [
      [0, 0],
      [1, 4 / 6],
      [4, 4],
      [-4, 0],
      [-1, -2 / 6],
    ],
  },
  // tanh(softplus(0)) = tanh(ln 2) = (2 - 1/2) / (2 + 1/2) = 0.6 and tanh(log(1 + e)) = 0.8650983882673103.
  {
    name: "mish",
    apply: f.mish,
    values: [
      [0, 0],
      [1, 0.8650983882673103],
      [50, 50],
    ],
  },
  {
    name: "square",
    apply: f.square,
    values: [
      [-3, 9],
      [0.5, 0.25],
    ],
  },
  {
    name: "clip",
    apply: (x) => f.clip(x, -1, 2),
    values: [
      [-3, -1],
      [0.5, 0.5],
      [7, 2],
    ],
  },
];

test.each(cases)("$name takes the values of its definition", ({ apply, values }) => {
  const results = run(
    apply,
    values.map(([x]) => x),
  );
  values.forEach(([, y], i) => {
    // Constants of the formula are f32, half a unit in the last place (6e-8) each.
    expect(Math.abs(results[i]! - y)).toBeLessThanOrEqual(2e-7 * Math.max(1, Math.abs(y)));
  });
});

test.each(cases)("$name has the gradient of its own formula", ({ apply }) => {
  // Between the kinks, which lie at 0, +-1, 2, +-2.5 and +-3.
  const points = [-5.1, -2.7, -1.3, -0.6, -0.1, 0.2, 0.9, 1.7, 2.2, 2.8, 4.4];
  const x = { dtype: "f32", shape: [points.length], data: Float64Array.from(points) } as const;
  const report = checkGradient(unaryGraph(apply, points.length), { x });
  expect(report.faults).toEqual([]);
  expect(report.checked).toBe(points.length);
});

test("the gradient of elu and selu is 1 and scale far above, not overflowed", () => {
  const x = { dtype: "f32", shape: [1], data: Float64Array.of(800) } as const;
  expect(checkGradient(unaryGraph(f.elu, 1), { x }).faults).toEqual([]);
  expect(run(f.selu, [800])[0]).toBeCloseTo(800 * 1.0507009873554805, 3);
});

test("no gradient flows through stopGradient", () => {
  const builder = new GraphBuilder("stop");
  const x = builder.input("x", "f32", [1]);
  builder.output("y", f.mul(f.stopGradient(x), x));
  const three = { dtype: "f32", shape: [1], data: Float64Array.of(3) } as const;
  // The product rule without the stop gives 2 x = 6; with it one factor is a constant.
  expect(checkGradient(builder.build(), { x: three }).faults[0]?.kind).toBe("wrong");
  const [gradient] = checkGradient(builder.build(), { x: three }).faults;
  expect(gradient!.gradient / gradient!.difference).toBeCloseTo(0.5, 6);
});

test("integers are refused with a message that names the op", () => {
  const builder = new GraphBuilder("integers");
  const x = builder.input("x", "i32", [2]);
  expect(() => f.gelu(x)).toThrow("gelu: operand must be float, got i32; cast it");
  expect(() => f.clip(x, 3, 1)).toThrow("clip: min <= max must hold, got 3 and 1");
});
