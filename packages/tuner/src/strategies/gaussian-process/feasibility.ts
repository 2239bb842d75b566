// The chance that a trial has a result at all, from two beliefs that are wrong in different places: rules know what
// restrictions look like and hold far from any trial, a Gaussian process doubts what is unlike all that had a result.
// Rules alone find the way sooner; who has to keep away from failures listens to both.
import type { Term } from "../../gp/features.ts";
import { normalCumulative } from "../../gp/normal.ts";
import type { CandidatePosterior } from "../../gp/posterior.ts";
import { Random } from "../../random.ts";
import type { Directions } from "../../rules/directions.ts";
import { RuleEnsemble } from "../../rules/rule-ensemble.ts";
import type { Point } from "../../space/space.ts";
import { ruleTrialOf, type Entry } from "../ledger.ts";
import type { CandidateSource, Candidates } from "./candidates.ts";
import { Regression } from "./regression.ts";

// The labels +1 and -1 of the Gaussian process are about this uncertain.
const labelVariance = 0.02;

/** What a feasibility model is built from. */
export interface FeasibilityInputs {
  readonly source: CandidateSource;
  readonly terms: readonly Term[];
  readonly directions: Directions;
  /** Candidates that stand for the space. */
  readonly all: Candidates;
  /** At least one of them failed. */
  readonly entries: readonly Entry[];
  readonly seed: number;
}

/** The candidates that proposals are chosen among, with both beliefs about them. */
interface Race {
  readonly candidates: Candidates;
  readonly posterior: CandidatePosterior;
  byRules: Float64Array;
}

/** Where trials have a result. Chances are 0 to 1; the cautious one is the lower of the two beliefs. */
export class Feasibility {
  readonly #source: CandidateSource;
  readonly #regression: Regression;
  readonly #rules: RuleEnsemble;
  #race: Race | undefined;
  readonly #all: Candidates;
  readonly #allByRules: Float64Array;
  /** Share of all candidates that is expected to fail, 0 to 1. */
  readonly failingShare: number;

  constructor({ source, terms, directions, all, entries, seed }: FeasibilityInputs) {
    this.#source = source;
    this.#regression = new Regression(
      terms,
      entries.map((entry) => ({
        point: source.features(entry.point),
        target: labelOf(entry),
        variance: 0,
      })),
    );
    const random = Random.of(seed, entries.length, ruleStream);
    this.#rules = new RuleEnsemble(directions, entries.map(ruleTrialOf), random);
    this.#all = all;
    this.#allByRules = this.#chancesOf(all);
    const sum = this.#allByRules.reduce((total, chance) => total + chance, 0);
    this.failingShare = 1 - sum / all.points.length;
  }

  /** Chances of all candidates, from a part of the trials. */
  screen(limit: number, isCautious: boolean): (index: number) => number {
    const byRules = this.#allByRules;
    if (!isCautious) return (i) => byRules[i]!;
    const { means, variances } = this.#regression.screen(this.#all, limit);
    return (i) => Math.min(byRules[i]!, chanceOf(means[i]!, variances[i]!));
  }

  /** Sets the candidates that `chanceAt` is asked about. */
  enter(candidates: Candidates): void {
    const posterior = this.#regression.posterior(candidates);
    this.#race = { candidates, posterior, byRules: this.#chancesOf(candidates) };
  }

  /** Chance of a candidate of the race. */
  chanceAt(index: number, isCautious: boolean): number {
    const { posterior, byRules } = this.#entered();
    if (!isCautious) return byRules[index]!;
    return Math.min(
      byRules[index]!,
      chanceOf(posterior.means[index]!, posterior.variances[index]!),
    );
  }

  /** Chance of any point. */
  chance(point: Point, isCautious: boolean): number {
    const byRules = this.#rules.chance(point);
    if (!isCautious) return byRules;
    const { mean, variance } = this.#entered().posterior.predict(this.#source.features(point));
    return Math.min(byRules, chanceOf(mean, variance));
  }

  /** Learns one more trial. */
  learn(entry: Entry): void {
    const race = this.#entered();
    race.posterior.append(this.#source.features(entry.point), 0);
    race.posterior.appendTarget(labelOf(entry));
    if (this.#rules.learn(ruleTrialOf(entry))) race.byRules = this.#chancesOf(race.candidates);
  }

  #chancesOf(candidates: Candidates): Float64Array {
    return this.#rules.chances(candidates.columns, candidates.points.length);
  }

  #entered(): Race {
    if (this.#race === undefined)
      throw new Error("feasibility: enter must come first, got no race");
    return this.#race;
  }
}

// A stream of its own, so that rules take no chance from anything else.
const ruleStream = 0x72756c65;

/** -1 where a trial had a result, +1 where it had none: low is good, as for costs. */
function labelOf({ costs }: Entry): number {
  return costs === undefined ? 1 : -1;
}

function chanceOf(mean: number, variance: number): number {
  return normalCumulative(-mean / Math.sqrt(Math.max(variance, 0) + labelVariance));
}
