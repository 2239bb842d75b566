// Each optimizer and schedule on the device against its published formula in float64: steps on a linear model with squared error, whose
// gradient is written out here.
import type { JsonObject, RefTensor } from "@fastgpu/core";
import { ConformanceError, type ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";
import { expectRuns, type BoundedRun } from "../reference/bounds.ts";
import {
  rateFormulas,
  updateFormulas,
  type FormulaOptions,
  type Stepped,
} from "../reference/update-formulas.ts";
import { chainModel, trainProgram } from "./train-program.ts";

/** Rows, inputs and outputs of the linear model. */
const [batch, width, units] = [6, 5, 3] as const;

const steps = 7;

/** Large enough that a step is seen, and that epsilon matters. */
const options: FormulaOptions = {
  learningRate: 0.05,
  momentum: 0.8,
  rho: 0.8,
  beta1: 0.8,
  beta2: 0.95,
  epsilon: 1e-2,
  weightDecay: 0.1,
};

/** The options that each optimizer knows. */
const known: Readonly<Record<string, readonly (keyof FormulaOptions)[]>> = {
  sgd: ["learningRate"],
  momentum: ["learningRate", "momentum"],
  nesterov: ["learningRate", "momentum"],
  adam: ["learningRate", "beta1", "beta2", "epsilon"],
  adamw: ["learningRate", "beta1", "beta2", "epsilon", "weightDecay"],
  adagrad: ["learningRate", "epsilon"],
  rmsprop: ["learningRate", "rho", "epsilon"],
  lamb: ["learningRate", "beta1", "beta2", "epsilon", "weightDecay"],
  lion: ["learningRate", "beta1", "beta2", "weightDecay"],
};

/** d/dW of the mean over rows and outputs of (x W - y)^2: 2 / (rows outputs) x^T (x W - y). */
function gradientOf(w: readonly number[], x: RefTensor, y: RefTensor): number[] {
  const gradient = new Array<number>(width * units).fill(0);
  for (let row = 0; row < batch; row++) {
    for (let unit = 0; unit < units; unit++) {
      let error = -(y.data[row * units + unit] ?? 0);
      for (let k = 0; k < width; k++) {
        error += (x.data[row * width + k] ?? 0) * (w[k * units + unit] ?? 0);
      }
      for (let k = 0; k < width; k++) {
        const cell = k * units + unit;
        const slope = (2 / (batch * units)) * error * (x.data[row * width + k] ?? 0);
        gradient[cell] = (gradient[cell] ?? 0) + slope;
      }
    }
  }
  return gradient;
}

/** Steps of an optimizer, with the rate of each step if it follows a schedule. */
function optimizerProgram(
  name: string,
  config: JsonObject,
  rateAt: (t: number) => number = () => options.learningRate,
): Program {
  const program = trainProgram({
    spec: chainModel([width], [["dense", { units, useBias: false }]]),
    options: { batch, loss: "meanSquaredError", optimizer: { name, ...config } },
    runs: steps,
  });
  const { step, graph, runs, state } = program;
  const slot = step.layout.slots[0]?.name ?? "";
  const formula = updateFormulas[name];
  const initial = state?.[slot];
  if (formula === undefined || initial === undefined) {
    throw new ConformanceError(`optimizer ${name}: must have a formula and a slot, got none`);
  }
  const zero = new Array<number>(width * units).fill(0);
  let stepped: Stepped = { w: [...initial.data], m: zero, v: zero };
  runs.forEach(({ x, y }, i) => {
    if (x === undefined || y === undefined) return;
    stepped = formula(stepped, gradientOf(stepped.w, x, y), i + 1, {
      ...options,
      learningRate: rateAt(i),
    });
  });
  const bounded = expectRuns(graph, runs, state);
  const expected = bounded.map(({ state: after }, i): BoundedRun => {
    const tensor = after[slot];
    if (tensor === undefined || i < runs.length - 1) return { outputs: {}, state: {} };
    return { outputs: {}, state: { [slot]: { ...tensor, data: Float64Array.from(stepped.w) } } };
  });
  return { graph, runs, ...(state === undefined ? {} : { state }), expected };
}

const ownOptions = (name: string): JsonObject =>
  Object.fromEntries((known[name] ?? []).map((key) => [key, options[key]]));

/** Cases of all optimizers and schedules. */
export const optimizerCases: readonly ConformanceCase[] = [
  ...Object.keys(updateFormulas).map((name) =>
    programCase(`optimizer/${name}`, () => optimizerProgram(name, ownOptions(name))),
  ),
  ...Object.entries(rateFormulas).map(([schedule, { config, at }]) =>
    programCase(`schedule/${schedule}`, () =>
      optimizerProgram("sgd", { learningRate: { name: schedule, ...config } }, at),
    ),
  ),
];
