// `optimizer: "auto"`: a short seeded race of optimizers, learning rates, schedules and weight decays before a training, by
// successive halving on the loss of held-back rows: many get a small part of it, the better ones more.
import { permutation } from "@fastgpu/data";
import type { Training } from "@fastgpu/runtime";
import {
  optimizerOf,
  optimizerParameters,
  problemOfStudy,
  Search,
  type Configuration,
  type TrialOutcome,
} from "@fastgpu/tuner";
import type { OptimizerOption } from "./compile-options.ts";

/** What the race trains on. */
export interface OptimizerRace {
  /** Opens a training from the model's own start with another optimizer. */
  readonly open: (optimizer: OptimizerOption) => Promise<Training>;
  readonly rows: number;
  readonly batchSize: number;
  /** Epochs of the training that follows; schedules end with it. */
  readonly epochs: number;
  readonly hasValidation: boolean;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** How one choice did. */
export interface OptimizerTrial {
  readonly optimizer: OptimizerOption;
  /** Part of the largest training in the race, above 0 and at most 1. */
  readonly effort: number;
  /** Loss at its end; absent if it diverged. */
  readonly loss?: number;
}

/** The choice and how it was made. */
export interface OptimizerChoiceResult {
  readonly optimizer: OptimizerOption;
  readonly trials: readonly OptimizerTrial[];
}

const raceTrials = 24;
/** Rows of the largest training in the race: enough to tell rates apart, little against a real training. */
const mostRows = 20_000;

/** Races and chooses; the default of adam if every choice diverged. */
export async function chooseOptimizer(race: OptimizerRace): Promise<OptimizerChoiceResult> {
  const parameters = Object.fromEntries(
    Object.entries(optimizerParameters()).map(([name, { declaration }]) => [name, declaration]),
  );
  const objectives = [{ metric: "loss", direction: "minimize" }] as const;
  const problem = problemOfStudy({ space: { parameters }, objectives, bounds: [] });
  const search = new Search({ problem, strategy: "asha", seed: race.seed >>> 0 });
  const trials: OptimizerTrial[] = [];
  const start: Configuration = { optimizer: "adam", learningRate: 1e-3, schedule: "constant" };
  for (let trial = 0; trial < raceTrials && race.signal?.aborted !== true; trial++) {
    const [proposal] = search.ask();
    if (proposal === undefined) break;
    const { configuration, fidelity = 1 } = proposal;
    const ended = await train(race, configuration, fidelity);
    trials.push(ended);
    const outcome: TrialOutcome =
      ended.loss === undefined
        ? { kind: "failed", cause: "error", detail: "diverged" }
        : { kind: "ok", values: { loss: { value: ended.loss } } };
    search.tell({ configuration, outcome, fidelity });
  }
  const most = Math.max(0, ...trials.map(({ effort, loss }) => (loss === undefined ? 0 : effort)));
  const [best] = trials
    .filter(({ effort, loss }) => loss !== undefined && effort === most)
    .sort((a, b) => (a.loss ?? NaN) - (b.loss ?? NaN));
  return { optimizer: best?.optimizer ?? optionOf(race, start), trials };
}

async function train(
  race: OptimizerRace,
  configuration: Configuration,
  effort: number,
): Promise<OptimizerTrial> {
  const optimizer = optionOf(race, configuration);
  const training = await race.open(optimizer);
  try {
    const total = Math.min(mostRows, race.rows * race.epochs);
    let left = Math.max(race.batchSize, Math.round(total * effort));
    let loss = NaN;
    for (let epoch = 1; left > 0; epoch++) {
      const order = permutation(race.rows, race.seed >>> 0, epoch).subarray(0, left);
      const signal = race.signal === undefined ? {} : { signal: race.signal };
      ({ loss } = await training.epoch(order, signal));
      if (!Number.isFinite(loss)) return { optimizer, effort };
      left -= order.length;
    }
    if (race.hasValidation) ({ loss } = await training.evaluate("validation"));
    return { optimizer, effort, ...(Number.isFinite(loss) ? { loss } : {}) };
  } finally {
    await training.dispose();
  }
}

function optionOf(
  { rows, batchSize, epochs }: OptimizerRace,
  chosen: Configuration,
): OptimizerOption {
  const steps = Math.ceil(rows / batchSize) * epochs;
  return (optimizerOf(chosen, steps) ?? "adam") as OptimizerOption;
}
