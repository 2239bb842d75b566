// The contract of a search strategy. It never runs anything: it is asked for configurations and told what came of them.
import type { Observation } from "./observation.ts";
import type { Prior } from "./prior.ts";
import type { Problem } from "./problem.ts";
import type { Random } from "./random.ts";
import type { Configuration } from "./space/declaration.ts";

/** One request for configurations. */
export interface ProposalRequest {
  /** How many to propose, at least 1: as many as there are free devices. */
  readonly count: number;
  /** Proposed earlier and not told yet; not to be proposed again. */
  readonly pending: readonly Proposal[];
  /** Chance for this request alone. */
  readonly random: Random;
  /** The study's seed: chance for what several requests share, such as a pool of candidates. */
  readonly seed: number;
}

/** A proposal: a configuration, and for strategies that start small the share of the full effort. */
export interface Proposal {
  readonly configuration: Configuration;
  readonly fidelity?: number;
}

/**
 * A search strategy. `propose` is a function of its arguments: the same history (in order), pending list and random
 * stream give the same proposals, whether the object is new or has seen the study grow, so that a resumed study goes
 * on as if it had not been interrupted. What it keeps between calls is a cache of work on a prefix of the history.
 */
export interface Strategy {
  readonly name: string;
  /**
   * Valid configurations of the space to try next, the most promising first, none twice in a study. Fewer than `count`
   * (none in the end) when the space is exhausted.
   */
  propose(history: readonly Observation[], request: ProposalRequest): readonly Proposal[];
}

/** Builds a strategy for a problem, from what is known beforehand. */
export type StrategyFactory = (problem: Problem, prior: Prior) => Strategy;
