// Runs the race of `optimizer: "auto"` on an engine and makes it train with the winner.
import type { TensorMap } from "@fastgpu/core";
import { chooseOptimizer } from "./auto-optimizer.ts";
import type { Engine, TrainingData } from "./engine.ts";
import { parametersIn } from "./files/model-folder.ts";
import type { FitOptions } from "./fit.ts";

/** Races from the model's state, whose parameters stay as they are. */
export async function raceOptimizers(
  engine: Engine,
  data: TrainingData,
  state: TensorMap | undefined,
  { epochs = 1, seed, signal }: FitOptions,
): Promise<void> {
  const { spec, objective, options } = engine.compiled;
  const start = state === undefined ? undefined : parametersIn(spec, state);
  const { optimizer, trials } = await chooseOptimizer({
    open: (tried) => engine.openTraining(data, start, { ...objective, optimizer: tried }),
    rows: Object.values(data.train)[0]?.shape[0] ?? 0,
    batchSize: data.batchSize,
    epochs,
    hasValidation: data.validation !== undefined,
    seed: seed ?? options.seed ?? 0,
    ...(signal === undefined ? {} : { signal }),
  });
  engine.optimizerTrials = trials;
  engine.useOptimizer(optimizer);
}
