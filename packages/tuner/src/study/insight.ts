// What a study says beside its answer: which parameters matter, and how well the rest of the trials predict each one.
import { functionalAnova } from "../forest/importance.ts";
import { forestValue, growForest } from "../forest/forest.ts";
import { Random } from "../random.ts";
import { Space } from "../space/space.ts";
import { measuredTrials } from "./standing.ts";
import type { StudyState } from "./study-state.ts";

/** Part of the variance of the first objective over the space that a parameter alone explains. */
export interface ParameterImportance {
  readonly parameter: string;
  /** 0 to 1. */
  readonly share: number;
}

/** A trial as a model sees it that was fitted to other trials only. */
export interface HeldOutPrediction {
  readonly trial: number;
  readonly predicted: number;
  /** About 95% of the measured values lie between. */
  readonly low: number;
  readonly high: number;
  readonly measured: number;
}

/** Fewer trials say nothing about a whole space. */
const leastTrials = 10;
const folds = 5;

/** Importances by functional ANOVA, the highest first; empty with fewer than 10 trials that ran. */
export function importanceOf(state: StudyState): readonly ParameterImportance[] {
  const data = samplesOf(state);
  if (data === undefined) return [];
  const { space, points, values } = data;
  const random = Random.of(state.header.seed, 1);
  return functionalAnova(space, { points, values }, { random, pairs: false }).flatMap(
    ({ parameters: [parameter], share }) => (parameter === undefined ? [] : [{ parameter, share }]),
  );
}

/**
 * Predictions of a random forest for each fifth of the trials from the other four; the interval is two root mean square
 * errors of these predictions wide on each side. Empty with fewer than 10 trials that ran.
 */
export function heldOutPredictions(state: StudyState): readonly HeldOutPrediction[] {
  const data = samplesOf(state);
  if (data === undefined) return [];
  const { space, points, values, numbers, isLog } = data;
  const random = Random.of(state.header.seed, 2);
  const fold = random.shuffle(points.map((_, at) => at % folds));
  const predicted = new Float64Array(points.length);
  for (let held = 0; held < folds; held++) {
    const rows = points.map((_, at) => at).filter((at) => fold[at] !== held);
    const part = { points: rows.map((at) => points[at]!), values: rows.map((at) => values[at]!) };
    const forest = growForest(part, { axes: space.axes, random, leafSize: 1, triedShare: 1 });
    points.forEach((point, at) => {
      if (fold[at] === held) predicted[at] = forestValue(forest, point);
    });
  }
  const squares = values.reduce((sum, value, at) => sum + (value - predicted[at]!) ** 2, 0);
  const reach = 2 * Math.sqrt(squares / values.length);
  const back = (value: number): number => (isLog ? Math.exp(value) : value);
  return points.map((_, at) => ({
    trial: numbers[at]!,
    predicted: back(predicted[at]!),
    low: back(predicted[at]! - reach),
    high: back(predicted[at]! + reach),
    measured: back(values[at]!),
  }));
}

/** Trials as points with values, logarithms where all are positive: speeds differ by factors. */
function samplesOf(state: StudyState):
  | {
      readonly space: Space;
      readonly points: readonly (readonly number[])[];
      readonly values: readonly number[];
      readonly numbers: readonly number[];
      readonly isLog: boolean;
    }
  | undefined {
  const [{ metric }] = state.header.objectives;
  const trials = measuredTrials(state);
  if (trials.length < leastTrials) return undefined;
  const space = new Space(state.header.space);
  const raw = trials.map(({ outcome }) => outcome.values[metric]?.value ?? NaN);
  const isLog = raw.every((value) => value > 0);
  return {
    space,
    points: trials.map(({ configuration }) => space.pointOf(configuration)),
    values: isLog ? raw.map(Math.log) : raw,
    numbers: trials.map(({ number }) => number),
    isLog,
  };
}
