// Runs a strategy against a recorded space, many times with different seeds, and sums up how fast it gets to the optimum.
import type { Observation, TrialOutcome } from "../observation.ts";
import type { Problem } from "../problem.ts";
import { Search } from "../search.ts";
import { Space } from "../space/space.ts";
import type { RecordedSpace } from "./recorded-space.ts";

/**
 * Which configurations a strategy may propose. "valid": the restrictions are known, so that only recorded ones are
 * proposed. "cartesian": nothing is known, a combination without a record costs an evaluation, as in the published
 * comparisons.
 */
export type Protocol = "valid" | "cartesian";

/** A recorded space prepared for one protocol. */
export interface ReplaySpace {
  readonly recorded: RecordedSpace;
  readonly protocol: Protocol;
  readonly problem: Problem;
  readonly outcomes: ReadonlyMap<string, TrialOutcome>;
  /** Valid values. */
  readonly values: readonly number[];
}

const metric = "time";
const restricted: TrialOutcome = {
  kind: "infeasible",
  reason: "breaks a restriction of the space",
};

/** Builds the problem and the answers of a recorded space. */
export function prepareReplay(recorded: RecordedSpace, protocol: Protocol): ReplaySpace {
  const space = new Space({
    parameters: recorded.parameters,
    ...(protocol === "valid" && {
      only: recorded.points.map(({ configuration }) => configuration),
    }),
  });
  const outcomes = new Map(
    recorded.points.map(({ configuration, value, failure }) => {
      const outcome: TrialOutcome =
        value === undefined
          ? { kind: "infeasible", reason: failure ?? "failed" }
          : { kind: "ok", values: { [metric]: { value } } };
      return [space.keyOf(space.pointOf(configuration)), outcome] as const;
    }),
  );
  return {
    recorded,
    protocol,
    problem: { space, objectives: [{ metric, direction: "minimize" }] },
    outcomes,
    values: recorded.points.flatMap(({ value }) => (value === undefined ? [] : [value])),
  };
}

/** One run: the best value after each evaluation, NaN before the first valid one, and what it cost. */
export interface ReplayRun {
  readonly best: Float64Array;
  /** Time of each proposal that was made, in nanoseconds of `nowNs`. */
  readonly proposalNs: Float64Array;
  readonly invalid: number;
}

/** Options of a run. */
export interface ReplayOptions {
  readonly strategy: string;
  readonly budget: number;
  readonly seed: number;
  /** Go on after the optimum is found, which changes no result but the times. */
  readonly isComplete?: boolean;
  /** A steady clock in nanoseconds. */
  readonly nowNs: () => number;
}

/**
 * Runs `budget` evaluations, or until the optimum is found or the space exhausted; the last best value is then repeated.
 */
export function replayOnce(prepared: ReplaySpace, options: ReplayOptions): ReplayRun {
  const { problem, outcomes } = prepared;
  const { strategy, budget, seed, nowNs, isComplete = false } = options;
  const optimum = prepared.values.reduce((low, value) => Math.min(low, value), Infinity);
  const search = new Search({ problem, strategy, seed });
  const best = new Float64Array(budget).fill(NaN);
  const proposalNs: number[] = [];
  let invalid = 0;
  let lowest = NaN;
  for (let i = 0; i < budget; i++) {
    const start = nowNs();
    const [proposal] = search.ask();
    proposalNs.push(nowNs() - start);
    if (proposal === undefined) {
      best.fill(lowest, i);
      break;
    }
    const { configuration } = proposal;
    const outcome = outcomes.get(problem.space.keyOf(problem.space.pointOf(configuration)));
    const observation: Observation = { configuration, outcome: outcome ?? restricted };
    search.tell(observation);
    if (observation.outcome.kind === "ok") {
      const { value } = observation.outcome.values[metric]!;
      if (!(value >= lowest)) lowest = value;
    } else invalid++;
    best[i] = lowest;
    if (lowest === optimum && !isComplete) {
      best.fill(lowest, i);
      break;
    }
  }
  return { best, proposalNs: Float64Array.from(proposalNs), invalid };
}
