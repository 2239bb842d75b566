// Programs that leave the state alone: evaluation and prediction.
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { ReportEntry } from "../metrics/report.ts";
import { emitModel, nodesUpTo } from "../model/emit.ts";
import type { StateLayout } from "../model/layout.ts";
import { lowerModel } from "../model/lower.ts";
import type { ModelSpec } from "../model/spec.ts";
import { stateViews } from "../model/state-views.ts";
import { eliminateDeadCode } from "../passes/dead-code.ts";
import { forwardPrecision, type TrainingPrecision } from "../precision/forward.ts";
import { emitObjective, type ObjectiveOptions } from "./objective.ts";

/** What an evaluation measures. */
export interface EvalOptions extends ObjectiveOptions {
  /** Rows per run, >= 1. */
  readonly batch: number;
  /** Where parameters live; that of the training program whose state is used. */
  readonly layout?: StateLayout;
  /** Precision of the model, as for training; the state is f32 in any case. Default f32. */
  readonly precision?: TrainingPrecision;
}

/** An evaluation program; plain data. */
export interface EvalStep {
  /**
   * Inputs as for training; outputs `loss` f32 [], the mean of the run without penalties, and `metrics` f32 [n], the
   * sums behind `report`, of which `loss` is the first entry.
   */
  readonly graph: Graph;
  readonly report: readonly ReportEntry[];
}

/** Builds the evaluation of a model on a batch. Throws as `trainStep` does. */
export function evalStep(spec: ModelSpec, options: EvalOptions): EvalStep {
  const builder = new GraphBuilder(`${spec.name} eval`);
  const views = stateViews(builder, options.layout);
  const model = emitModel(builder, spec, views, { batch: options.batch, isTraining: false });
  const isModel = nodesUpTo(model);
  const { loss, sums, report } = builder.within("loss", () =>
    emitObjective(builder, spec, model, options, { batch: options.batch }, true),
  );
  builder.output("loss", loss);
  if (sums !== undefined) builder.output("metrics", sums);
  const graph = forwardPrecision(builder.build(), options.precision ?? "f32", isModel);
  return { graph: eliminateDeadCode(graph), report };
}

/** How predictions are made. */
export interface PredictOptions {
  /** Rows per run, >= 1. */
  readonly batch: number;
  readonly layout?: StateLayout;
}

/** Builds the prediction of a model: inputs `x` (or `x/<layer>`), outputs by the names of the output layers. */
export function predictStep(spec: ModelSpec, options: PredictOptions): Graph {
  const { graph } = lowerModel(spec, { ...options, mode: "inference" });
  return { ...eliminateDeadCode(graph), name: `${spec.name} predict` };
}
