// Everything the strategy believes: a regression of the objective, of each bound, and of where trials have a result at
// all. Built at the start of an epoch, then extended trial by trial.
import { logImprovement, logNormalCumulative } from "../../gp/normal.ts";
import type { CandidatePosterior } from "../../gp/posterior.ts";
import { normalScores, scoreOf, type Scores } from "../../gp/scores.ts";
import type { Directions } from "../../rules/directions.ts";
import { Random } from "../../random.ts";
import type { Point } from "../../space/space.ts";
import { isAdmissible, type Entry, withoutBounds } from "../ledger.ts";
import { scalarCosts } from "../scalar-costs.ts";
import type { CandidateSource, Candidates } from "./candidates.ts";
import { raceLimits, raceShare, screenLimits } from "./options.ts";
import { cautionAfter, type Caution } from "./caution.ts";
import { Feasibility } from "./feasibility.ts";
import { Regression, type Sample } from "./regression.ts";
import type { Term } from "../../gp/features.ts";

const lostPenalty = 1000;

/** A belief about one quantity over the candidates of the race. */
interface Belief {
  readonly regression: Regression;
  readonly posterior: CandidatePosterior;
}

/** Where the model was built. */
export interface ModelInputs {
  readonly source: CandidateSource;
  readonly terms: readonly Term[];
  readonly directions: Directions;
  /** The first trials of the study, up to the start of the epoch. */
  readonly entries: readonly Entry[];
  readonly seed: number;
}

/** What a model proposes. */
export interface ModelChoice {
  readonly point: Point;
  /**
   * Logarithm of the expected improvement in standard deviations of the objective's scores, x the probabilities of
   * success; 0 while there is nothing to improve on.
   */
  readonly logGain: number;
}

/** The model of an epoch. */
export class Model {
  readonly start: number;
  /** The candidates that are still in the race until the next fit. */
  readonly race: Candidates;
  readonly #inputs: ModelInputs;
  readonly #source: CandidateSource;
  readonly #objective: Belief;
  readonly #bounds: readonly Belief[];
  #feasibility: Feasibility | undefined;
  #known: number;
  #scores: Scores;
  #incumbent = 0;
  #caution: Caution;

  constructor(inputs: ModelInputs) {
    const { source, terms, entries, seed } = inputs;
    this.start = entries.length;
    this.#inputs = inputs;
    this.#source = source;
    const random = Random.of(seed, entries.length);
    const measured = entries.filter(({ costs }) => costs !== undefined);
    const scores = objectiveScores(measured, random);
    const objective = new Regression(terms, this.#samples(measured, scores));
    const bounds = boundTargets(measured).map(
      (targets) => new Regression(terms, this.#samples(measured, plain(targets))),
    );
    const best = bestPoints(entries, scores, 10);
    const all = source.all(seed, entries.length, best);
    const feasibility =
      measured.length === entries.length ? undefined : new Feasibility({ ...inputs, all });
    const incumbent = lowestAdmissible(measured, scores.targets);
    const screenLimit = feasibility === undefined ? screenLimits.plain : screenLimits.failing;
    const screened = [objective, ...bounds].map((one) => one.screen(all, screenLimit));
    this.#caution = cautionAfter(entries, feasibility?.failingShare ?? 0);
    const { isCautious, leastChance } = this.#caution;
    const chanceAt = feasibility?.screen(screenLimit, isCautious);
    const aim = { bounds: bounds.length, leastChance, incumbent };
    this.race = this.#narrow(all, (i) => acquisition(screened, aim, i, chanceAt?.(i)));
    const believe = (regression: Regression): Belief => ({
      regression,
      posterior: regression.posterior(this.race),
    });
    this.#objective = believe(objective);
    this.#bounds = bounds.map(believe);
    this.#feasibility = feasibility;
    feasibility?.enter(this.race);
    this.#known = entries.length;
    this.#scores = scores;
  }

  /** Whether a trial of a point is likely enough to have a result. */
  isLikely(point: Point): boolean {
    const { isCautious, leastChance } = this.#caution;
    return (this.#feasibility?.chance(point, isCautious) ?? 1) >= leastChance;
  }

  /**
   * Learns the trials after those it has, one by one, so that it does not matter how many came at once. With several
   * objectives `random` weighs them anew.
   */
  learn(entries: readonly Entry[], random: Random): void {
    while (this.#known < entries.length) this.#learnNext(entries.slice(0, ++this.#known));
    const measured = entries.filter(({ costs }) => costs !== undefined);
    if ((measured[0]?.costs?.length ?? 1) > 1) this.#score(measured, random);
    boundTargets(measured).forEach((bound, k) => {
      this.#bounds[k]!.posterior.setTargets(bound);
    });
    this.#caution = cautionAfter(entries, this.#feasibility?.failingShare ?? 0);
    // With noise the best value seen is lucky; the model's value of it is not.
    this.#incumbent = lowestAdmissible(
      measured,
      this.#objective.posterior.fittedMeans(this.#scores.targets),
    );
  }

  #learnNext(entries: readonly Entry[]): void {
    const entry = entries.at(-1)!;
    const point = this.#source.features(entry.point);
    if (this.#feasibility !== undefined) this.#feasibility.learn(entry);
    else if (entry.costs === undefined) this.#expectFailures(entries);
    if (entry.costs === undefined) return;
    const measured = entries.filter(({ costs }) => costs !== undefined);
    for (const { posterior } of this.#bounds) posterior.append(point, 0);
    const { posterior } = this.#objective;
    const isBest = measured.every(
      (other) => other === entry || other.costs![0]! > entry.costs![0]!,
    );
    if (isBest || entry.costs.length > 1) {
      const fresh = objectiveScores(measured, Random.of(this.start, entries.length));
      posterior.append(point, fresh.variances.at(-1)!);
      this.#score(measured, Random.of(this.start, entries.length));
      return;
    }
    // Ranks of all others move a little with every trial; only a new best moves those that matter.
    const costs = Float64Array.from(measured.slice(0, -1), (other) => other.costs![0]!);
    const target = scoreOf(entry.costs[0]!, costs, this.#scores);
    const noise =
      entry.variances![0]! === 0 ? 0 : objectiveScores(measured, Random.of(0)).variances.at(-1)!;
    posterior.append(point, noise);
    posterior.appendTarget(target);
    this.#scores = {
      targets: Float64Array.of(...this.#scores.targets, target),
      variances: Float64Array.of(...this.#scores.variances, noise),
    };
  }

  // The first trial that fails after many that did not.
  #expectFailures(entries: readonly Entry[]): void {
    this.#feasibility = new Feasibility({ ...this.#inputs, all: this.race, entries });
    this.#feasibility.enter(this.race);
  }

  #score(measured: readonly Entry[], random: Random): void {
    this.#scores = objectiveScores(measured, random);
    this.#objective.posterior.setTargets(this.#scores.targets);
  }

  /** The candidate of the race with the highest acquisition, given what is pending; undefined when all are taken. */
  best(taken: ReadonlySet<string>, pending: readonly Point[]): ModelChoice | undefined {
    const points = pending.map((point) => this.#source.features(point));
    return this.#objective.posterior.during(points, () => {
      const feasibility = this.#feasibility;
      const { isCautious, leastChance } = this.#caution;
      const aim = { bounds: this.#bounds.length, leastChance, incumbent: this.#incumbent };
      const posteriors = this.#posteriors();
      const { means, variances } = this.#objective.posterior;
      const largest = Math.sqrt(variances.reduce((high, value) => Math.max(high, value), 1e-12));
      let highest = -Infinity;
      let index = -1;
      // Candidates below it cannot reach the highest value so far, even with the largest deviation of all.
      let least = -Infinity;
      for (let i = 0; i < means.length; i++) {
        const u = (this.#incumbent - means[i]!) / Math.sqrt(Math.max(variances[i]!, 1e-12));
        if (u < least || taken.has(this.race.keys[i]!)) continue;
        const chance = feasibility?.chanceAt(i, isCautious);
        const value = acquisition(posteriors, aim, i, chance);
        if (value <= highest) continue;
        highest = value;
        index = i;
        if (this.#incumbent < Infinity) least = improvementQuantile(value - Math.log(largest), u);
      }
      if (index === -1) return undefined;
      const isImprovement = this.#incumbent < Infinity;
      return { point: this.race.points[index]!, logGain: isImprovement ? highest : 0 };
    });
  }

  /** Acquisition at any point, in O(n^2). */
  valueAt(point: Point): number {
    const features = this.#source.features(point);
    const beliefs = this.#posteriors().map((posterior) => posterior.predict(features));
    const means = beliefs.map(({ mean }) => [mean]);
    const variances = beliefs.map(({ variance }) => [variance]);
    const { isCautious, leastChance } = this.#caution;
    return acquisition(
      means.map((mean, k) => ({ means: mean, variances: variances[k]! })),
      { bounds: this.#bounds.length, leastChance, incumbent: this.#incumbent },
      0,
      this.#feasibility?.chance(point, isCautious),
    );
  }

  #posteriors(): CandidatePosterior[] {
    return [this.#objective, ...this.#bounds].map(({ posterior }) => posterior);
  }

  #samples(entries: readonly Entry[], { targets, variances }: Scores): Sample[] {
    return entries.map(({ point }, i) => ({
      point: this.#source.features(point),
      target: targets[i]!,
      variance: variances[i]!,
    }));
  }

  #narrow(all: Candidates, valueOf: (index: number) => number): Candidates {
    const size = Math.min(
      raceLimits.most,
      Math.max(raceLimits.least, Math.ceil(all.points.length * raceShare)),
    );
    if (all.points.length <= size) return all;
    const values = new Float64Array(all.points.length);
    for (let i = 0; i < values.length; i++) values[i] = valueOf(i);
    const threshold = values.slice().sort()[values.length - size]!;
    const indices = new Int32Array(size);
    let count = 0;
    for (let i = 0; i < values.length && count < size; i++) {
      if (values[i]! >= threshold) indices[count++] = i;
    }
    return all.subset(indices);
  }
}

/** What all candidates are held against. */
interface Aim {
  readonly bounds: number;
  /** Below it a trial counts as lost. */
  readonly leastChance: number;
  /** The value to improve on; Infinity if there is none. */
  readonly incumbent: number;
}

interface Predictions {
  readonly means: ArrayLike<number>;
  readonly variances: ArrayLike<number>;
}

/**
 * Logarithm of expected improvement x probability of keeping each bound x probability of a result. Without an
 * admissible incumbent (Infinity) only the probabilities count, and the mean breaks ties.
 *
 * @param chance - of a result; absent where nothing has failed
 */
function acquisition(
  posteriors: readonly Predictions[],
  { bounds, leastChance, incumbent }: Aim,
  index: number,
  chance: number | undefined,
): number {
  const { means, variances } = posteriors[0]!;
  const sd = Math.sqrt(Math.max(variances[index]!, 1e-12));
  let value =
    incumbent === Infinity
      ? -0.1 * means[index]!
      : Math.log(sd) + logImprovement((incumbent - means[index]!) / sd);
  for (let k = 1; k <= bounds; k++) {
    const bound = posteriors[k]!;
    value += logNormalCumulative(
      -bound.means[index]! / Math.sqrt(Math.max(bound.variances[index]!, 1e-6)),
    );
  }
  if (chance !== undefined) {
    value += Math.log(Math.max(chance, 1e-6));
    // However much a region would improve, a trial there is lost: it comes last.
    if (chance < leastChance) value -= lostPenalty;
  }
  return value;
}

/** A number of deviations, at most `u`, whose log improvement is at most `value`. */
function improvementQuantile(value: number, u: number): number {
  let [low, high] = [-40, u];
  if (logImprovement(low) > value) return -Infinity;
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2;
    if (logImprovement(middle) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** Normal scores of the (scalarised) costs. */
function objectiveScores(measured: readonly Entry[], random: Random): Scores {
  // Bounds are judged by their own models, so that costs of inadmissible trials still teach the objective.
  const costs = scalarCosts(measured.map(withoutBounds), random);
  return normalScores(
    costs,
    Float64Array.from(measured, ({ variances }) => variances?.[0] ?? 0),
  );
}

/** Excesses with their sign, on a scale where the median excess is about 1. */
function boundTargets(measured: readonly Entry[]): Float64Array[] {
  const count = measured[0]?.excesses?.length ?? 0;
  return Array.from({ length: count }, (_, k) => {
    const excesses = Float64Array.from(measured, (entry) => entry.excesses![k]!);
    const sizes = excesses.map(Math.abs).sort();
    const unit = sizes[sizes.length >> 1]! || 1;
    return excesses.map((excess) => Math.sign(excess) * Math.log1p(Math.abs(excess) / unit));
  });
}

function plain(targets: Float64Array): Scores {
  return { targets, variances: new Float64Array(targets.length) };
}

function lowestAdmissible(measured: readonly Entry[], values: Float64Array): number {
  let lowest = Infinity;
  measured.forEach((entry, i) => {
    if (isAdmissible(entry)) lowest = Math.min(lowest, values[i]!);
  });
  return lowest;
}

function bestPoints(entries: readonly Entry[], scores: Scores, count: number): Point[] {
  const measured = entries.filter(({ costs }) => costs !== undefined);
  return Array.from(measured.keys())
    .sort((a, b) => scores.targets[a]! - scores.targets[b]! || a - b)
    .slice(0, count)
    .map((i) => measured[i]!.point);
}
