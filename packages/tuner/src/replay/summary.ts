// Sums up many runs of a strategy on a recorded space: how near the optimum after how many evaluations, with random
// search beside it, and the methodology's score.
import { UsageError } from "@fastgpu/core";
import type { Random } from "../random.ts";
import { expectedMinimum, methodologyScore, spaceStatistics } from "./methodology.ts";
import type { RecordedSpace } from "./recorded-space.ts";
import type { Protocol, ReplayRun, ReplaySpace } from "./replay.ts";

/** Evaluations at which a summary says how near the optimum is. */
export const milestones: readonly number[] = [25, 50, 100, 200, 400];

/** Optimum / best so far (1 = the optimum, 0 = nothing valid yet), mean over the runs. */
export interface Milestone {
  readonly evaluations: number;
  readonly fraction: number;
  /** What random search without repetition reaches on average, computed exactly. */
  readonly randomFraction: number;
}

/** What the runs of a strategy show. */
export interface ReplaySummary {
  readonly space: string;
  readonly strategy: string;
  readonly protocol: Protocol;
  readonly configurations: number;
  /** Combinations of all parameters that a "cartesian" run chooses among. */
  readonly combinations: number;
  readonly valid: number;
  readonly optimum: number;
  readonly repeats: number;
  readonly budget: number;
  readonly milestones: readonly Milestone[];
  /** Budget of the methodology: evaluations that random search needs to reach 95% of the way from median to optimum. */
  readonly methodologyBudget: number;
  /** The methodology's score over its budget (over `budget`, if that is smaller). */
  readonly score: number;
  /** Standard error of the score over the runs; NaN for one run. */
  readonly scoreError: number;
  /** The score against the exact expected minimum of random search instead of the value at the expected rank. */
  readonly exactScore: number;
  /** Share of the runs that found the optimum. */
  readonly foundOptimum: number;
  /** Mean number of evaluations that had no result. */
  readonly invalid: number;
  /** Time of a proposal in milliseconds. */
  readonly proposalMs: { readonly mean: number; readonly median: number; readonly largest: number };
}

/**
 * Sums up runs of one strategy.
 *
 * @param runs - at least one, all of the same length
 */
export function summarizeReplay(
  prepared: ReplaySpace,
  strategy: string,
  runs: readonly ReplayRun[],
): ReplaySummary {
  const statistics = spaceStatistics(prepared.values);
  const budget = runs[0]!.best.length;
  const scored = { ...statistics, budget: Math.min(budget, statistics.budget) };
  const worst = statistics.sorted.at(-1)!;
  const mean = new Float64Array(budget);
  for (const { best } of runs) {
    best.forEach((value, i) => {
      mean[i]! += (Number.isNaN(value) ? worst : value) / runs.length;
    });
  }
  const scores = runs.map(({ best }) => methodologyScore(scored, best));
  const times = runs
    .flatMap(({ proposalNs }) => Array.from(proposalNs, (ns) => ns / 1e6))
    .sort((a, b) => a - b);
  const drawn =
    prepared.protocol === "valid"
      ? prepared.recorded.points.length
      : prepared.problem.space.combinations;
  return {
    space: prepared.recorded.name,
    strategy,
    protocol: prepared.protocol,
    configurations: prepared.recorded.points.length,
    combinations: prepared.problem.space.combinations,
    valid: statistics.sorted.length,
    optimum: statistics.optimum,
    repeats: runs.length,
    budget,
    milestones: reached(budget).map((evaluations) => ({
      evaluations,
      fraction: meanOf(
        runs.map(({ best }) => fractionOf(statistics.optimum, best[evaluations - 1]!)),
      ),
      randomFraction: randomFraction(statistics.sorted, drawn, evaluations),
    })),
    methodologyBudget: statistics.budget,
    score: methodologyScore(scored, mean),
    scoreError: Math.sqrt(varianceOf(scores) / runs.length),
    exactScore: methodologyScore(scored, mean, expectedMinimum),
    foundOptimum: meanOf(runs.map(({ best }) => Number(best.at(-1) === statistics.optimum))),
    invalid: meanOf(runs.map(({ invalid }) => invalid)),
    proposalMs: { mean: meanOf(times), median: times[times.length >> 1]!, largest: times.at(-1)! },
  };
}

/** The milestones of a budget; the budget itself where it ends before the first. */
function reached(budget: number): readonly number[] {
  const [first = 1] = milestones;
  return budget < first ? [budget] : milestones.filter((evaluations) => evaluations <= budget);
}

/**
 * The same space with the values dealt anew among the configurations that have one: nothing can be learned from it, so a
 * strategy that scores on it sees what it must not.
 */
export function permuteValues(recorded: RecordedSpace, random: Random): RecordedSpace {
  const values = recorded.points.flatMap(({ value }) => (value === undefined ? [] : [value]));
  random.shuffle(values);
  let next = 0;
  return {
    ...recorded,
    name: `${recorded.name} (values permuted)`,
    points: recorded.points.map((point) =>
      point.value === undefined ? point : { ...point, value: values[next++]! },
    ),
  };
}

/**
 * Mean of optimum / best of `draws` without replacement among `count` configurations, of which the `sorted` ones are
 * valid: the sum over ranks of the probability that the best has it.
 *
 * @throws {UsageError} for less than one draw
 */
export function randomFraction(sorted: Float64Array, count: number, draws: number): number {
  if (!(draws >= 1)) throw new UsageError(`replay: budget must be at least 1, got ${draws}`);
  const drawn = Math.min(draws, count);
  let probability = drawn / count;
  let expected = 0;
  for (let i = 0; i < sorted.length && probability > 0; i++) {
    expected += probability * fractionOf(sorted[0]!, sorted[i]!);
    const left = count - 1 - i;
    probability *= left === 0 ? 0 : Math.max(0, left - (drawn - 1)) / left;
  }
  return expected;
}

function fractionOf(optimum: number, best: number): number {
  if (Number.isNaN(best)) return 0;
  return best === optimum ? 1 : optimum / best;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
