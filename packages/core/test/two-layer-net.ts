// A net of two dense layers with its gradient written out by hand in float64: what tests of optimizers compare with.
// It shares no code with the library.
import type { ModelSpec } from "../src/model/spec.ts";
import type { RefMap } from "../src/reference/evaluate.ts";

/** Parameter or gradient values by parameter name. */
export type Values = Readonly<Record<string, readonly number[]>>;

/** Sizes of the net: x [rows, inputs], hidden tanh, outputs; loss: mean squared error. */
export const sizes = { rows: 4, inputs: 3, hidden: 5, outputs: 2 } as const;

/** The net as a model. */
export const netSpec: ModelSpec = {
  name: "net",
  layers: [
    { name: "in", kind: "input", config: { shape: [sizes.inputs] }, inputs: [] },
    {
      name: "hidden",
      kind: "dense",
      config: { units: sizes.hidden, activation: "tanh" },
      inputs: ["in"],
    },
    { name: "out", kind: "dense", config: { units: sizes.outputs }, inputs: ["hidden"] },
  ],
  inputs: ["in"],
  outputs: ["out"],
};

/** Names of the parameters and whether weight decay applies: kernels yes, biases no. */
export const netParameters = {
  "hidden/kernel": { shape: [sizes.inputs, sizes.hidden], isDecayed: true },
  "hidden/bias": { shape: [sizes.hidden], isDecayed: false },
  "out/kernel": { shape: [sizes.hidden, sizes.outputs], isDecayed: true },
  "out/bias": { shape: [sizes.outputs], isDecayed: false },
} as const;

/** Irregular numbers, exact in f32, that differ from row to row. */
function irregular(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.fround(Math.sin(seed + 2.7 * i)));
}

/** Inputs and targets. */
export const netData: RefMap & Record<"x" | "y", RefMap[string]> = {
  x: { dtype: "f32", shape: [sizes.rows, sizes.inputs], data: irregular(12, 1) },
  y: { dtype: "f32", shape: [sizes.rows, sizes.outputs], data: irregular(8, 2) },
};

/** Parameters that the tests start from. */
export const netStart: Values = Object.fromEntries(
  Object.entries(netParameters).map(([name, { shape }], i) => {
    const count = shape.reduce((product: number, size) => product * size, 1);
    return [name, [...irregular(count, 3 + i)]];
  }),
);

/** Loss and its gradient: L = sum (out - y)^2 / (rows outputs), back through out = tanh(x W + b) V + c by hand. */
export function netGradient(values: Values): { loss: number; gradient: Record<string, number[]> } {
  const { rows, inputs, hidden, outputs } = sizes;
  const [w, b, v, c] = Object.keys(netParameters).map((name) => values[name]!);
  const gradient: Record<string, number[]> = Object.fromEntries(
    Object.entries(values).map(([name, { length }]) => [name, new Array<number>(length).fill(0)]),
  );
  const [dw, db, dv, dc] = Object.keys(netParameters).map((name) => gradient[name]!);
  let loss = 0;
  for (let r = 0; r < rows; r++) {
    const x = netData.x.data.subarray(r * inputs, (r + 1) * inputs);
    const h = Array.from({ length: hidden }, (_, j) =>
      Math.tanh(x.reduce((sum, value, i) => sum + value * w![i * hidden + j]!, b![j]!)),
    );
    for (let o = 0; o < outputs; o++) {
      const out = h.reduce((sum, value, j) => sum + value * v![j * outputs + o]!, c![o]!);
      const error = out - netData.y.data[r * outputs + o]!;
      loss += error ** 2 / (rows * outputs);
      const slope = (2 * error) / (rows * outputs);
      dc![o]! += slope;
      for (let j = 0; j < hidden; j++) {
        dv![j * outputs + o]! += slope * h[j]!;
        const inner = slope * v![j * outputs + o]! * (1 - h[j]! ** 2);
        db![j]! += inner;
        for (let i = 0; i < inputs; i++) dw![i * hidden + j]! += inner * x[i]!;
      }
    }
  }
  return { loss, gradient };
}
