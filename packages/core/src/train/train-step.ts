// One training step as ONE graph: forward, loss, backward, clipping, update, statistics, metrics.
import { UsageError } from "../errors.ts";
import { differentiate } from "../autodiff/gradients.ts";
import { add, mul } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import type { ReportEntry } from "../metrics/report.ts";
import type { NamedConfig } from "../model/config.ts";
import { emitModel, nodesUpTo } from "../model/emit.ts";
import { plainLayout, planLayout, type SlotLayout, type StateLayout } from "../model/layout.ts";
import { parametersOf } from "../model/lower.ts";
import type { ParameterInfo } from "../model/parameters.ts";
import type { ModelSpec } from "../model/spec.ts";
import { joinParts, stateViews } from "../model/state-views.ts";
import { configureOptimizer, type Optimizer } from "../optimizers/optimizer.ts";
import type { StepOptions } from "../parallel/strategy.ts";
import { eliminateDeadCode } from "../passes/dead-code.ts";
import { forwardPrecision, type TrainingPrecision } from "../precision/forward.ts";
import { lossScalingOf, precisionPolicies } from "../precision/policy.ts";
import { penaltyOf } from "../regularizers/penalty.ts";
import type { Clip } from "./clip.ts";
import { lossScale, type LossScaling } from "./loss-scale.ts";
import { emitObjective, type ObjectiveOptions } from "./objective.ts";
import { emitUpdates } from "./update.ts";

/** What a training step does. */
export interface TrainOptions extends ObjectiveOptions {
  /** Rows per step, >= 1. */
  readonly batch: number;
  readonly optimizer: NamedConfig;
  /** Where parameters live; default: `planLayout` with `packBelowElements`. */
  readonly layout?: StateLayout;
  /** Parameters with fewer elements share slots, if the optimizer allows; default 0: none do. */
  readonly packBelowElements?: number;
  readonly clip?: Clip;
  /** Keeps an exponential moving average of the parameters in slots `ema/<slot>`: e = decay e + (1 - decay) w. */
  readonly ema?: { readonly decay: number };
  /** Precision of the model and its gradients; parameters, loss and update are f32 in any case. Default f32. */
  readonly precision?: TrainingPrecision;
  /** Multiplies the loss before differentiation, for gradients in f16; default: that of the precision. */
  readonly lossScaling?: LossScaling;
  /** Seed of dropout masks; default 0. */
  readonly seed?: number;
}

/** How the step joins those of other devices; all absent on one device. */
export type StepHooks = Omit<StepOptions, "batch">;

/** A training program. Everything but `parameters` is plain data. */
export interface TrainStep {
  /**
   * Inputs `x`, `y` (or `x/<layer>`, `y/<output>`) and `mask` if masked; outputs `loss` f32 [] and `metrics` f32 [n] if
   * `report` is not empty; state: parameters, statistics, `step`, `optimizer/<slot>/<parameter slot>`.
   */
  readonly graph: Graph;
  readonly parameters: readonly ParameterInfo[];
  readonly layout: StateLayout;
  readonly report: readonly ReportEntry[];
  readonly options: TrainOptions;
}

/**
 * Builds the training step of a model.
 *
 * @throws {ModelError} if the model is inconsistent or an output does not suit its loss or metrics
 * @throws {UsageError} for unknown names or options, or a layout that the optimizer cannot work on
 */
export function trainStep(spec: ModelSpec, given: TrainOptions, hooks?: StepHooks): TrainStep {
  const options = withLossScaling(given);
  const optimizer = configureOptimizer(options.optimizer);
  const layout = layoutFor(spec, options, optimizer);
  const forward = buildForward(spec, options, layout, hooks);
  const slots = layout.slots.flatMap((slot) => trainedSlot(slot, forward.parameters));
  const names = slots.flatMap(({ slot }) => slot.parts.map((part) => part.name));
  const of = options.lossScaling === undefined ? ports.localLoss : ports.scaledLoss;
  const step = differentiate(forward.graph, of, names.map(viewPort));
  const gradients = new Map(names.map((name, i) => [name, step.gradients[i]]));
  const reduce = hooks?.reduceGradient ?? ((value: Value): Value => value);
  step.builder.within("update", () => {
    const updates = slots.map((trained) => {
      const parts = trained.slot.parts.map((part) => gradients.get(part.name));
      const gradient = joinParts(trained.slot, parts.filter(isPresent));
      return { ...trained, gradient: reduce(gradient, trained.slot.name) };
    });
    const statistics = step.source.state.flatMap(({ name, next }) =>
      next === undefined ? [] : [{ name, next: step.at(next) }],
    );
    emitUpdates(step.builder, optimizer, updates, statistics, options);
  });
  for (const { name, node } of step.source.outputs) {
    if (name === "loss" || name === "metrics") step.builder.output(name, step.at(node));
  }
  const graph = eliminateDeadCode(step.builder.build());
  return { graph, parameters: forward.parameters, layout, report: forward.report, options };
}

/** The options with the loss scaling of their precision, if they name none. */
function withLossScaling(options: TrainOptions): TrainOptions {
  const lossScaling =
    options.lossScaling ?? lossScalingOf(precisionPolicies[options.precision ?? "f32"]);
  return lossScaling === undefined ? options : { ...options, lossScaling };
}

/** Where the parameters live: as given, or packed as far as the optimizer allows. */
function layoutFor(spec: ModelSpec, options: TrainOptions, optimizer: Optimizer): StateLayout {
  const { layout, packBelowElements = 0 } = options;
  if (layout === undefined) {
    const parameters = parametersOf(spec);
    return optimizer.isElementwise
      ? planLayout(parameters, { packBelowElements, separatesDecay: optimizer.hasDecay })
      : plainLayout(parameters);
  }
  const shared = layout.slots.find((slot) => slot.parts.length > 1);
  if (optimizer.isElementwise || shared === undefined) return layout;
  throw new UsageError(
    `layout: every parameter must have its own slot for an optimizer that looks at whole parameters, got "${shared.name}" of ${shared.parts.length}`,
  );
}

/** The slot if it is trained: its parts agree on that. */
function trainedSlot(
  slot: SlotLayout,
  parameters: readonly ParameterInfo[],
): { slot: SlotLayout; info: ParameterInfo }[] {
  const info = parameters.find(({ name }) => name === slot.parts[0]?.name);
  return info?.role === "parameter" && info.isTrainable ? [{ slot, info }] : [];
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Names of inner outputs of the forward graph, which the step does not keep. */
const ports = { localLoss: "~loss", scaledLoss: "~scaledLoss" };

function viewPort(parameter: string): string {
  return `~view/${parameter}`;
}

interface Forward {
  readonly graph: Graph;
  readonly parameters: readonly ParameterInfo[];
  readonly report: readonly ReportEntry[];
}

function buildForward(
  spec: ModelSpec,
  options: TrainOptions,
  layout: StateLayout,
  hooks: StepHooks = { globalBatch: options.batch },
): Forward {
  const builder = new GraphBuilder(`${spec.name} train`);
  const views = stateViews(builder, layout);
  const rows = { ...hooks, batch: options.batch, isTraining: true, seed: options.seed ?? 0 };
  const model = emitModel(builder, spec, views, rows);
  const isModel = nodesUpTo(model);
  const withLossSums = options.isMasked === true || spec.outputs.length > 1;
  const objective = builder.within("loss", () =>
    emitObjective(builder, spec, model, options, rows, withLossSums),
  );
  const parameters = [...views.parameters.values()];
  const loss = builder.within("penalty", () => {
    return withPenalties(builder, layout, parameters, objective.loss);
  });
  builder.output("loss", loss);
  if (objective.sums !== undefined) builder.output("metrics", objective.sums);
  builder.output(ports.localLoss, objective.localLoss);
  if (options.lossScaling !== undefined) {
    const scale = lossScale(builder, options.lossScaling);
    builder.output(ports.scaledLoss, mul(objective.localLoss, scale));
  }
  for (const { name, role } of parameters) {
    const view = views.values.get(name);
    if (role === "parameter" && view !== undefined) builder.output(viewPort(name), view);
  }
  views.commit();
  const graph = forwardPrecision(builder.build(), options.precision ?? "f32", isModel);
  return { graph, parameters, report: objective.report };
}

/** Adds the penalty of each slot; its parts share one. */
function withPenalties(
  builder: GraphBuilder,
  layout: StateLayout,
  parameters: readonly ParameterInfo[],
  loss: Value,
): Value {
  let total = loss;
  for (const slot of layout.slots) {
    const penalty = parameters.find(({ name }) => name === slot.parts[0]?.name)?.penalty;
    if (penalty !== undefined) {
      total = add(total, penaltyOf(builder.state(slot.name, "f32", slot.shape), penalty));
    }
  }
  return total;
}
