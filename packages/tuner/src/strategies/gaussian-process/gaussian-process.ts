// Bayesian optimisation with a Gaussian process: maximin start, a Matern kernel over ranks and categories, expected
// improvement in log space times the probability of an admissible result, and a share of plain local and random search
// once the model makes no progress.
import { termsOf, type Term } from "../../gp/features.ts";
import type { Observation } from "../../observation.ts";
import type { Problem } from "../../problem.ts";
import { Random } from "../../random.ts";
import { RuleEnsemble } from "../../rules/rule-ensemble.ts";
import type { Point, Space } from "../../space/space.ts";
import type { Proposal, ProposalRequest, Strategy } from "../../strategy.ts";
import { MaximinDesign } from "../initial-design.ts";
import { isAdmissible, Ledger, ruleTrialOf, trialsSinceProgress, type Entry } from "../ledger.ts";
import { drawUnseen } from "../random-search.ts";
import { CandidateSource, type Candidates } from "./candidates.ts";
import { guessOf } from "./guess.ts";
import { Model } from "./model.ts";
import {
  defaultDesignSize,
  doubtShare,
  epochStart,
  hopelessLogGains,
  longPatience,
  mostLeaving,
  patience,
  warmDesignSize,
  type GaussianProcessOptions,
} from "./options.ts";

// Results that a model needs at least.
const leastResults = 2;

// Points away from the model that are looked at until one is likely to have a result.
const maximumLooks = 10;

// A point of the initial design is at least as likely to have a result as not, as rules see it.
const leastDesignChance = 0.5;

/** The Gaussian process strategy. */
export function gaussianProcess(problem: Problem, options: GaussianProcessOptions = {}): Strategy {
  return new GaussianProcessSearch(problem, options);
}

class GaussianProcessSearch implements Strategy {
  readonly name = "gp";
  readonly #space: Space;
  readonly #terms: readonly Term[];
  readonly #ledger: Ledger;
  readonly #source: CandidateSource;
  readonly #designSize: number;
  readonly #guess: ((point: Point) => number) | undefined;
  #model: Model | undefined;
  #modelSeed = 0;

  constructor(problem: Problem, options: GaussianProcessOptions) {
    this.#space = problem.space;
    this.#terms = termsOf(problem.space);
    this.#ledger = new Ledger(problem);
    const { earlier = [], guess } = options;
    const isWarm = guess !== undefined || earlier.length >= defaultDesignSize;
    this.#designSize = options.designSize ?? (isWarm ? warmDesignSize : defaultDesignSize);
    this.#guess = guessOf(problem, this.#terms, options);
    this.#source = new CandidateSource(this.#space, this.#terms, this.#guess);
  }

  propose(history: readonly Observation[], request: ProposalRequest): readonly Proposal[] {
    if (!this.#ledger.update(history) || this.#modelSeed !== request.seed) this.#model = undefined;
    this.#modelSeed = request.seed;
    const taken = new Set(this.#ledger.entries.map(({ key }) => key));
    const waiting = request.pending.map(({ configuration }) => this.#space.pointOf(configuration));
    for (const point of waiting) taken.add(this.#space.keyOf(point));
    const chosen: Point[] = [];
    while (chosen.length < request.count) {
      const point = this.#choose([...waiting, ...chosen], taken, request);
      if (point === undefined) break;
      chosen.push(point);
      taken.add(this.#space.keyOf(point));
    }
    return chosen.map((point) => ({ configuration: this.#space.configurationOf(point) }));
  }

  #choose(
    pending: readonly Point[],
    taken: Set<string>,
    request: ProposalRequest,
  ): Point | undefined {
    const { entries } = this.#ledger;
    const { random, seed } = request;
    const results = entries.filter(({ costs }) => costs !== undefined).length;
    let chosen: Point | undefined;
    if (entries.length < this.#designSize || results < leastResults) {
      chosen = this.#design(pending, taken, request);
    } else {
      const model = this.#currentModel(random, seed);
      const best = model.best(taken, pending);
      const idle = trialsSinceProgress(entries) + pending.length;
      const isLeaving = isToLeave(idle, best?.logGain ?? -Infinity, random);
      const hasFailed = results < entries.length;
      const isDoubting =
        isLeaving && hasFailed && idle >= longPatience && random.next() < doubtShare;
      const left = isLeaving ? this.#leave(model, taken, random, isDoubting) : undefined;
      chosen = left ?? this.#follow(model, best?.point, taken);
    }
    // The race may be used up before the space is.
    return chosen ?? drawUnseen(this.#space, { count: 1, seen: new Set(taken), random })[0];
  }

  #design(
    pending: readonly Point[],
    taken: ReadonlySet<string>,
    { random, seed }: ProposalRequest,
  ): Point | undefined {
    const all = this.#source.all(seed, 0, []);
    const chances = this.#designChances(all, seed);
    const isFree = (i: number): boolean =>
      !taken.has(all.keys[i]!) && (chances === undefined || chances[i]! >= leastDesignChance);
    const points = [...this.#ledger.entries.map(({ point }) => point), ...pending];
    if (all.guesses !== undefined && points.length < 2) {
      const free = Array.from(all.keys.keys()).filter(isFree);
      const index = free.reduce(
        (low, i) => (all.guesses![i]! < all.guesses![low]! ? i : low),
        free[0]!,
      );
      return all.points[index];
    }
    const design = new MaximinDesign(all.table);
    for (const point of points) design.add(this.#source.features(point).features);
    const index =
      design.next(isFree, random) ?? design.next((i) => !taken.has(all.keys[i]!), random);
    return index === undefined ? undefined : all.points[index];
  }

  // Where most combinations fail, points that are far from all trials would mostly fail too.
  #designChances(all: Candidates, seed: number): Float64Array | undefined {
    const { entries } = this.#ledger;
    if (!entries.some(({ costs }) => costs === undefined)) return undefined;
    const random = Random.of(seed, entries.length);
    const rules = new RuleEnsemble(this.#source.directions, entries.map(ruleTrialOf), random);
    return rules.chances(all.columns, all.points.length);
  }

  #currentModel(random: Random, seed: number): Model {
    const { entries } = this.#ledger;
    const start = Math.max(
      epochStart(entries.length, this.#designSize),
      trialsForResults(entries, leastResults),
    );
    if (this.#model?.start !== start) {
      const inputs = {
        source: this.#source,
        terms: this.#terms,
        directions: this.#source.directions,
        seed,
      };
      this.#model = new Model({ ...inputs, entries: entries.slice(0, start) });
    }
    this.#model.learn(entries, random);
    return this.#model;
  }

  #follow(model: Model, best: Point | undefined, taken: ReadonlySet<string>): Point | undefined {
    return best === undefined || this.#source.isListed ? best : this.#climb(model, best, taken);
  }

  // Local search of the acquisition over neighbours, which a pool of candidates misses.
  #climb(model: Model, start: Point, taken: ReadonlySet<string>): Point {
    let best = start;
    let highest = model.valueAt(start);
    for (let step = 0; step < 8; step++) {
      const from = best;
      for (const point of this.#space.neighbours(from)) {
        if (taken.has(this.#space.keyOf(point))) continue;
        const value = model.valueAt(point);
        if (value > highest) {
          highest = value;
          best = point;
        }
      }
      if (best === from) break;
    }
    return best;
  }

  // Half beside the best trials, half anywhere: a needle is nowhere near where a smooth model looks. Who doubts does not
  // ask whether a result is likely: a border in the wrong place is only found by crossing it.
  #leave(model: Model, taken: Set<string>, random: Random, isDoubting: boolean): Point | undefined {
    const isWorth = (point: Point): boolean => isDoubting || model.isLikely(point);
    const near = random.next() < 0.5 ? this.#neighbourOfBest(isWorth, taken, random) : undefined;
    return near ?? this.#elsewhere(isWorth, taken, random);
  }

  #neighbourOfBest(
    isWorth: (point: Point) => boolean,
    taken: ReadonlySet<string>,
    random: Random,
  ): Point | undefined {
    const best = this.#ledger.entries
      .filter(isAdmissible)
      .sort((a, b) => a.costs![0]! - b.costs![0]!)
      .slice(0, 10);
    for (const { point } of best) {
      const near = this.#space.neighbours(point, "any");
      const free = random.shuffle(near.filter((other) => !taken.has(this.#space.keyOf(other))));
      const likely = free.slice(0, maximumLooks).find(isWorth);
      if (likely !== undefined) return likely;
    }
    return undefined;
  }

  #elsewhere(
    isWorth: (point: Point) => boolean,
    taken: ReadonlySet<string>,
    random: Random,
  ): Point | undefined {
    const seen = new Set(taken);
    for (let look = 0; look < maximumLooks; look++) {
      const [point] = drawUnseen(this.#space, { count: 1, seen, random });
      if (point === undefined || isWorth(point)) return point;
    }
    return undefined;
  }
}

/**
 * Whether a proposal is not the model's: the more often the longer there is no progress, up to half of the time, and all
 * the time where the model itself expects nothing any more, so that only what it does not foresee is left to find.
 */
function isToLeave(idle: number, logGain: number, random: Random): boolean {
  if (idle < patience) return false;
  const [least, most] = hopelessLogGains;
  const hopeless = Math.min(1, Math.max(0, (least - logGain) / (least - most)));
  const largest = mostLeaving + (1 - mostLeaving) * hopeless;
  return random.next() < Math.min(largest, idle / (idle + 6 * (1 - hopeless) * patience));
}

/** Length of the shortest beginning of the history that has `count` results. */
function trialsForResults(entries: readonly Entry[], count: number): number {
  let results = 0;
  return entries.findIndex(({ costs }) => costs !== undefined && ++results === count) + 1;
}
