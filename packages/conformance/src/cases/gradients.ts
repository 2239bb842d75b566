// Gradients on the device against central differences of the reference: every differentiable op case in f32, and every
// composite, differentiated by the core and lowered by the backend.
import {
  differentiate,
  GraphBuilder,
  isFloat,
  sizeOf,
  tensorFrom,
  type OpName,
  type RefMap,
} from "@fastgpu/core";
import { mul, reduceSum } from "@fastgpu/core/functional";
import { uniform } from "@fastgpu/core/random";
import { parseType, sampleTensor } from "@fastgpu/core/reference";
import type { ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";
import { expectRuns } from "../reference/bounds.ts";
import { centralDifferences } from "../reference/differences.ts";
import { nameOf, type OpCase } from "./op-case.ts";

/** Ops that are constant almost everywhere or take no float: there is nothing to differentiate. */
const flat: readonly OpName[] = [
  "floor",
  "ceil",
  "round",
  "sign",
  "isFinite",
  "equal",
  "less",
  "greater",
  "argMax",
  "oneHot",
  "iota",
  "randomUniform",
  "quantizeLinear",
  "int8Matmul",
  "stopGradient",
  "roundToHalf",
  "cast",
];

/** More elements than this would make the differences slow. */
const LARGEST = 300;

/** The gradient cases that follow from op cases. */
export function gradientCases(sources: readonly OpCase[]): ConformanceCase[] {
  return sources
    .filter(isDifferentiable)
    .map((source) => programCase(`gradient/${nameOf(source)}`, () => gradientProgram(source)));
}

function isDifferentiable({ op, operands, note }: OpCase): boolean {
  const types = operands.map(parseType);
  const size = types.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const hasHalf = types.some(({ dtype }) => dtype === "f16");
  const hasSingle = types.some(({ dtype }) => dtype === "f32");
  return !flat.includes(op) && note === undefined && hasSingle && !hasHalf && size <= LARGEST;
}

/** Outputs the gradient of a weighted sum of the op's result by each float operand, named after it. */
function gradientProgram(source: OpCase): Program {
  const { op, operands, attrs = {} } = source;
  const builder = new GraphBuilder("gradient");
  const inputs = operands.map((text, i) => {
    const { dtype, shape } = parseType(text);
    return builder.input(`x${i}`, dtype, shape);
  });
  const [x] = inputs;
  if (op === "maxPoolGrad" && x !== undefined) {
    inputs[1] = builder.op("maxPool", [x], attrs as never);
  }
  const y = builder.op(op, inputs, attrs as never);
  // Irregular weights, so that errors of symmetry and order do not cancel.
  const weights = uniform([7, 0x77e1], sizeOf(y.shape)).map((u) => u + 0.5);
  builder.output("loss", reduceSum(mul(y, builder.constant(tensorFrom("f32", y.shape, weights)))));
  const loss = builder.build();
  const wrt = operands.flatMap((text, i) =>
    isFloat(parseType(text).dtype) && !(op === "maxPoolGrad" && i < 2) ? [`x${i}`] : [],
  );
  const derived = differentiate(loss, "loss", wrt);
  wrt.forEach((name, i) => {
    const gradient = derived.gradients[i];
    if (gradient !== undefined) derived.builder.output(name, gradient);
  });
  const graph = derived.builder.build();
  const run = smoothOperands(source);
  return { graph, runs: [run], expected: [withDifferences(graph, loss, run, wrt)] };
}

/** The bounds of the gradient program around the differences; these add what their own error may be. */
function withDifferences(
  graph: Program["graph"],
  loss: Program["graph"],
  run: RefMap,
  wrt: readonly string[],
): ReturnType<typeof expectRuns>[number] {
  const [bounded] = expectRuns(graph, [run]);
  const differences = centralDifferences(loss, run, wrt);
  const outputs = Object.fromEntries(
    Object.entries(bounded?.outputs ?? {}).map(([name, tensor]) => {
      const data = differences[name] ?? tensor.data;
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      return [name, { ...tensor, data, bounds: tensor.bounds.map((b) => b + 2e-7 * largest) }];
    }),
  );
  return { outputs, state: {} };
}

const positive = { low: 0.5, high: 2.5 };
const unsigned = { low: 0, high: 200 };

/** Operands at which the ops are smooth: sampled, so that ties and kinks do not occur. */
function smoothOperands({ op, operands, values = {} }: OpCase): RefMap {
  return Object.fromEntries(
    operands.map((text, i) => {
      const type = parseType(text);
      const isPositive =
        ["log", "sqrt", "rsqrt", "reciprocal"].includes(op) ||
        (op === "pow" && i === 0) ||
        (op === "div" && i === 1);
      const given = values[i];
      if (given === undefined) {
        const range = type.dtype === "u8" ? unsigned : isPositive ? positive : undefined;
        return [`x${i}`, sampleTensor(type, 31 + i, range)];
      }
      // The reference must see what the device sees.
      const rounded = type.dtype === "f32" ? given.map(Math.fround) : given;
      return [`x${i}`, { ...type, data: Float64Array.from(rounded) }];
    }),
  );
}
