// Ask and tell: a strategy, its history and its random streams as one object. It decides nothing itself.
import { UsageError } from "@fastgpu/core";
import { checkObservation, type Observation } from "./observation.ts";
import type { Prior } from "./prior.ts";
import { checkProblem, type Problem } from "./problem.ts";
import { Random } from "./random.ts";
import type { Configuration } from "./space/declaration.ts";
import { createStrategy } from "./strategies/table.ts";
import type { Proposal, Strategy } from "./strategy.ts";

/** Options of a search. */
export interface SearchOptions {
  readonly problem: Problem;
  /** A name of the table, or a strategy of the caller's own. */
  readonly strategy: string | Strategy;
  /** Same seed, prior and history, same proposals. */
  readonly seed: number;
  /** For a strategy that is named. */
  readonly prior?: Prior;
}

/**
 * A search in this thread. Calls are answered in order; the random stream of an `ask` is derived from the seed and the
 * number of trials told and pending before it, so replaying the same sequence of asks and tells gives the same search.
 */
export class Search {
  readonly #options: SearchOptions;
  readonly #strategy: Strategy;
  readonly #history: Observation[] = [];
  #pending: Proposal[] = [];

  /** @throws {UsageError} for a problem that breaks a rule or an unknown strategy */
  constructor(options: SearchOptions) {
    checkProblem(options.problem);
    this.#options = options;
    const { strategy, problem, prior } = options;
    this.#strategy =
      typeof strategy === "string" ? createStrategy(strategy, problem, prior) : strategy;
  }

  /** All that was told, in order. */
  get history(): readonly Observation[] {
    return this.#history;
  }

  /** Proposed and not told yet. */
  get pending(): readonly Proposal[] {
    return this.#pending;
  }

  /**
   * Configurations to try next, which are pending from now on. Fewer than `count`, in the end none, when the space is
   * exhausted.
   */
  ask(count = 1): readonly Proposal[] {
    if (!Number.isInteger(count) || count < 1) {
      throw new UsageError(`ask: count must be a whole number of at least 1, got ${count}`);
    }
    const random = Random.of(this.#options.seed, this.#history.length, this.#pending.length);
    const proposals = this.#strategy.propose(this.#history, {
      count,
      pending: [...this.#pending],
      random,
      seed: this.#options.seed,
    });
    this.#pending.push(...proposals);
    return proposals;
  }

  /**
   * What came of a trial, asked for or not (a default configuration, an earlier study).
   *
   * @throws {UsageError} for a configuration outside of the space or a value that is no number
   */
  tell(observation: Observation): void {
    const { problem } = this.#options;
    checkObservation(problem, observation);
    const { space } = problem;
    const key = space.keyOf(space.pointOf(observation.configuration));
    const isTold = (other: Configuration): boolean => space.keyOf(space.pointOf(other)) === key;
    this.#pending = this.#pending.filter(({ configuration }) => !isTold(configuration));
    this.#history.push(observation);
  }
}
