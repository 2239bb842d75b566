// Steps of recurrent layers against the gate equations element by element, with gradients by differences, and what they
// refuse.
import { expect, test } from "vitest";
import { gruStep, lstmStep } from "../functional.ts";
import type { RefTensor } from "../ops/op.ts";
import { evaluate, type RefMap } from "../reference/evaluate.ts";
import { checkGradient } from "../reference/gradient-check.ts";
import { programOf, type Formula } from "../reference/program.ts";
import { sampleInputs } from "../reference/sample.ts";

const [rows, features, units] = [2, 3, 4];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Runs a step on sampled operands and checks its gradient. */
function run(
  types: readonly string[],
  formula: Formula,
): { inputs: RefTensor[]; output: RefTensor } {
  const graph = programOf(types, formula);
  const inputs: RefMap = sampleInputs(graph, 1);
  expect(checkGradient(graph, inputs).faults).toEqual([]);
  const output = evaluate(graph, inputs).outputs["y"]!;
  return { inputs: graph.inputs.map(({ name }) => inputs[name]!), output };
}

/** Column `column` of row `row` of a w. */
function product(a: RefTensor, w: RefTensor, row: number, column: number): number {
  const [width, columns] = w.shape as [number, number];
  let sum = 0;
  for (let k = 0; k < width; k++) sum += a.data[row * width + k]! * w.data[k * columns + column]!;
  return sum;
}

test("lstmStep", () => {
  const types = ["f32[2,3]", "f32[2,4]", "f32[2,4]", "f32[3,16]", "f32[4,16]", "f32[16]"];
  const { inputs, output } = run(types, ([x, h, c, wx, wh, b]) =>
    lstmStep(x!, h!, c!, wx!, wh!, b!),
  );
  const [x, h, c, wx, wh, b] = inputs;
  expect(output.shape).toEqual([rows, 2 * units]);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => {
        const column = gate * units + unit;
        return product(x!, wx!, row, column) + product(h!, wh!, row, column) + b!.data[column]!;
      });
      const cell = sigmoid(f!) * c!.data[row * units + unit]! + sigmoid(i!) * Math.tanh(g!);
      expect(output.data[row * 2 * units + units + unit]).toBeCloseTo(cell, 12);
      expect(output.data[row * 2 * units + unit]).toBeCloseTo(sigmoid(o!) * Math.tanh(cell), 12);
    }
  }
});

test("gruStep", () => {
  const types = ["f32[2,3]", "f32[2,4]", "f32[3,12]", "f32[4,12]", "f32[12]", "f32[12]"];
  const { inputs, output } = run(types, ([x, h, wx, wh, bx, bh]) =>
    gruStep(x!, h!, wx!, wh!, bx!, bh!),
  );
  const [x, h, wx, wh, bx, bh] = inputs;
  expect([x!.shape[1], output.shape]).toEqual([features, [rows, units]]);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      const part = (gate: number): readonly [number, number] => {
        const column = gate * units + unit;
        const fromInput = product(x!, wx!, row, column) + bx!.data[column]!;
        return [fromInput, product(h!, wh!, row, column) + bh!.data[column]!];
      };
      const [update, reset, fresh] = [part(0), part(1), part(2)];
      const z = sigmoid(update[0] + update[1]);
      const r = sigmoid(reset[0] + reset[1]);
      const n = Math.tanh(fresh[0] + r * fresh[1]);
      const expected = z * h!.data[row * units + unit]! + (1 - z) * n;
      expect(output.data[row * units + unit]).toBeCloseTo(expected, 12);
    }
  }
});

test("operands that do not fit are named with all shapes", () => {
  const types = ["f32[2,3]", "f32[2,4]", "f32[2,4]", "f32[3,16]", "f32[4,12]", "f32[16]"];
  expect(() =>
    programOf(types, ([x, h, c, wx, wh, b]) => lstmStep(x!, h!, c!, wx!, wh!, b!)),
  ).toThrow("lstmStep: wh must be f32[4,16] with x=f32[2,3] and h=f32[2,4], got f32[4,12]");
});
