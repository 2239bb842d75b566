// Compares the gradients of a graph with central differences in float64; for tests of ops, composites and layers.
import { differentiate } from "../autodiff/gradients.ts";
import { GraphError } from "../errors.ts";
import { abs, add, cast, mul, reduceSum } from "../functional.ts";
import { isFloat } from "../graph/dtype.ts";
import type { Graph } from "../graph/graph.ts";
import { sizeOf } from "../graph/shape.ts";
import { tensorFrom } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { RefTensor } from "../ops/op.ts";
import { inlineComposites } from "../passes/inline.ts";
import { copyNodes } from "../passes/rewrite.ts";
import { uniform } from "../random/threefry.ts";
import { evaluate, type RefMap } from "./evaluate.ts";

/** What to check. */
export interface GradientCheckOptions {
  /** A tensor for every state slot. */
  readonly state?: RefMap;
  /** Names of the inputs and state slots to differentiate by; default: all that are float. */
  readonly wrt?: readonly string[];
  /** 2 checks the gradient of the gradient, which shows that gradient rules are differentiable themselves. Default 1. */
  readonly order?: 1 | 2;
}

/** An element whose gradient is off, or at which the function has a kink so that differences say nothing. */
export interface GradientFault {
  readonly kind: "wrong" | "kink";
  /** Input or state slot. */
  readonly name: string;
  /** Flat index of the element. */
  readonly index: number;
  readonly gradient: number;
  readonly difference: number;
  readonly tolerance: number;
}

/** The result of a check; `faults` is empty if all is well. */
export interface GradientReport {
  /** Number of elements compared. */
  readonly checked: number;
  /** Largest |gradient - difference| / tolerance. */
  readonly worst: number;
  readonly faults: readonly GradientFault[];
}

// The step that balances an h^4 truncation error with rounding: the fifth root of the float64 epsilon, 7.4e-4.
const relativeStep = Number.EPSILON ** 0.2;

// Rounding of one evaluation relative to the terms of the loss: a few hundred operations, each at half an epsilon.
const roundingUnits = 256;

// Constants of a gradient rule are rounded to the dtype of the graph, relative error 2^-24 or 2^-11; a rule may use
// a few of them, as erf's 2/sqrt(pi).
const constantError = { f32: 2 ** -22, f16: 2 ** -9 } as const;

/**
 * Checks gradients of a weighted sum of all float outputs, with fixed irregular weights, at one point.
 *
 * The difference is Richardson's extrapolation (4 D(h) - D(2h)) / 3 of central differences D (Richardson, 1911). Its
 * tolerance follows from the data: rounding of the loss over the step, plus a hundredth of |D(h) - D(2h)|, which is
 * h^2/2 f''' and so far above the h^4 error that the extrapolation leaves, plus the rounding of a rule's
 * constants relative to the largest gradient of the tensor. A gap |D(h) - D(2h)| above a thousandth of
 * the gradient (or of 1) is reported as a kink: choose another point. At a kink itself, such as relu at 0, both differences are the
 * mean of the two slopes and the gradient is reported as wrong if it is another one.
 *
 * @param inputs - a tensor for every graph input
 * @throws {GraphError} if the graph has no float output or no float input
 */
export function checkGradient(
  graph: Graph,
  inputs: RefMap,
  options: GradientCheckOptions = {},
): GradientReport {
  const { state = {}, order = 1 } = options;
  const wrt = options.wrt ?? floatPorts(graph);
  if (wrt.length === 0) throw new GraphError("checkGradient: graph must have a float input");
  const program = order === 1 ? graph : gradientGraph(graph, wrt);
  const whole = withLoss(program);
  // Differentiated before composites are inlined, so that their own gradient rules are what is checked.
  const gradients = evaluate(gradientsOf(whole, wrt), inputs, state).outputs;
  const loss = inlineComposites(whole);
  const faults: GradientFault[] = [];
  let checked = 0;
  let worst = 0;
  for (const name of wrt) {
    const run = (changed: RefTensor): Losses =>
      name in inputs
        ? lossesOf(loss, { ...inputs, [name]: changed }, state)
        : lossesOf(loss, inputs, { ...state, [name]: changed });
    const point = (inputs[name] ?? state[name])!;
    const largest = gradients[name]!.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const constants = constantError[point.dtype === "f16" ? "f16" : "f32"] * largest;
    for (let index = 0; index < point.data.length; index++) {
      const gradient = gradients[name]!.data[index]!;
      const { difference, gap, rounding } = differentiateAt(run, point, index);
      const tolerance = rounding + gap / 100 + constants;
      const error = Math.abs(gradient - difference);
      const isKink = !(gap <= 1e-3 * Math.max(1, Math.abs(difference)));
      const isWrong = !(error <= tolerance);
      worst = Math.max(worst, error / tolerance);
      checked++;
      if (isKink || isWrong) {
        const kind = isKink ? "kink" : "wrong";
        faults.push({ kind, name, index, gradient, difference, tolerance });
      }
    }
  }
  return { checked, worst, faults };
}

/**
 * A graph whose outputs are the gradients of the weighted sum of `graph`'s float outputs, named after the inputs and
 * state slots `wrt`.
 */
export function gradientGraph(graph: Graph, wrt: readonly string[] = floatPorts(graph)): Graph {
  return gradientsOf(withLoss(graph), wrt);
}

interface Losses {
  readonly loss: number;
  /** Sum of the absolute terms of the loss: the scale of its rounding error. */
  readonly scale: number;
}

function differentiateAt(
  run: (changed: RefTensor) => Losses,
  point: RefTensor,
  index: number,
): { difference: number; gap: number; rounding: number } {
  const at = point.data[index]!;
  const step = relativeStep * Math.max(1, Math.abs(at));
  let scale = 0;
  const slope = (distance: number): number => {
    const ends = [at + distance, at - distance].map((value) => {
      const result = run({ ...point, data: point.data.with(index, value) });
      scale = Math.max(scale, result.scale);
      return { value, loss: result.loss };
    });
    // The step as it is after rounding, not as it was meant.
    return (ends[0]!.loss - ends[1]!.loss) / (ends[0]!.value - ends[1]!.value);
  };
  const [near, far] = [slope(step), slope(2 * step)];
  const gap = Math.abs(near - far);
  const rounding = (roundingUnits * Number.EPSILON * Math.max(scale, 1)) / step;
  return { difference: (4 * near - far) / 3, gap, rounding };
}

function lossesOf(graph: Graph, inputs: RefMap, state: RefMap): Losses {
  const { outputs } = evaluate(graph, inputs, state);
  const scale = outputs["terms"]!.data.reduce((sum, term) => sum + Math.abs(term), 0);
  return { loss: outputs["loss"]!.data[0]!, scale };
}

/** The graph with outputs `loss`, the weighted sum of its float outputs, and `terms`, what the sum is made of. */
function withLoss(graph: Graph): Graph {
  const { builder, at } = copyNodes(graph);
  let loss: Value | undefined;
  let terms: Value | undefined;
  graph.outputs.forEach((port, i) => {
    const value = at(port.node);
    if (!isFloat(value.dtype)) return;
    const weights = uniform([i, 0x77e1], sizeOf(value.shape)).map((u) => u + 0.5);
    const weighted = mul(
      cast(value, "f32"),
      builder.constant(tensorFrom("f32", value.shape, weights)),
    );
    const term = reduceSum(weighted);
    loss = loss === undefined ? term : add(loss, term);
    const size = reduceSum(abs(weighted));
    terms = terms === undefined ? size : add(terms, size);
  });
  if (loss === undefined || terms === undefined) {
    throw new GraphError("checkGradient: graph must have a float output");
  }
  builder.output("loss", loss);
  builder.output("terms", terms);
  return builder.build();
}

function gradientsOf(loss: Graph, wrt: readonly string[]): Graph {
  const { builder, gradients } = differentiate(loss, "loss", wrt);
  wrt.forEach((name, i) => {
    builder.output(name, gradients[i]!);
  });
  return builder.build();
}

function floatPorts(graph: Graph): string[] {
  return [...graph.inputs, ...graph.state]
    .filter((port) => isFloat(graph.nodes[port.node]!.type.dtype))
    .map((port) => port.name);
}
