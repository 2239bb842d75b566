// The history as arrays: points with what the models learn from them. Follows a growing history incrementally and
// starts over when it is another one.
import type { Observation } from "../observation.ts";
import type { Problem } from "../problem.ts";
import type { RuleTrial } from "../rules/rule-ensemble.ts";
import type { Point, Space } from "../space/space.ts";

/** A finished trial in the form that models use. */
export interface Entry {
  readonly point: Point;
  readonly key: string;
  /** Objectives, to be made small, in the order of the problem; absent for a trial without a result. */
  readonly costs?: readonly number[];
  readonly variances?: readonly number[];
  /** How far each bound is broken: above 0 is broken. One per limit. */
  readonly excesses?: readonly number[];
}

/** All entries of a history. */
export class Ledger {
  readonly #problem: Problem;
  readonly #space: Space;
  #last: Observation | undefined;
  entries: Entry[] = [];

  constructor(problem: Problem) {
    this.#problem = problem;
    this.#space = problem.space;
  }

  /** Follows the history. Returns whether it goes on from the one before, so that models of it are still right. */
  update(history: readonly Observation[]): boolean {
    const known = this.entries.length;
    const isContinued =
      known === 0 || (known <= history.length && history[known - 1] === this.#last);
    if (!isContinued) this.entries = [];
    for (const observation of history.slice(this.entries.length)) {
      this.entries.push(this.#entryOf(observation));
    }
    this.#last = history.at(-1);
    return isContinued;
  }

  #entryOf({ configuration, outcome }: Observation): Entry {
    const point = this.#space.pointOf(configuration);
    const key = this.#space.keyOf(point);
    if (outcome.kind !== "ok") return { point, key };
    const { objectives, bounds = [] } = this.#problem;
    return {
      point,
      key,
      costs: objectives.map(({ metric, direction }) => {
        const { value } = outcome.values[metric]!;
        return direction === "minimize" ? value : -value;
      }),
      variances: objectives.map(({ metric }) => outcome.values[metric]!.variance ?? 0),
      excesses: bounds.flatMap(({ metric, atMost, atLeast }) => {
        const { value } = outcome.values[metric]!;
        return [
          ...(atMost === undefined ? [] : [value - atMost]),
          ...(atLeast === undefined ? [] : [atLeast - value]),
        ];
      }),
    };
  }
}

/** Whether a trial has a result that keeps all bounds. */
export function isAdmissible({ costs, excesses = [] }: Entry): boolean {
  return costs !== undefined && excesses.every((excess) => excess <= 0);
}

/** The entry as rules about failing see it. */
export function ruleTrialOf({ point, costs }: Entry): RuleTrial {
  return { point, isFailed: costs === undefined };
}

/** The entry as if the problem had no bounds. */
export function withoutBounds(entry: Entry): Entry {
  return { ...entry, excesses: [] };
}

/** Trials after the last that was the best so far (with several objectives: in the first of them). */
export function trialsSinceProgress(entries: readonly Entry[]): number {
  let lowest = Infinity;
  let last = 0;
  entries.forEach((entry, i) => {
    if (!isAdmissible(entry) || !(entry.costs![0]! < lowest)) return;
    lowest = entry.costs![0]!;
    last = i;
  });
  return entries.length - 1 - last;
}
