// One explanation of why trials fail: rules that cover the failed trials and no other, found one after another by
// sequential covering (Clark and Niblett 1989, CN2; Cohen 1995, RIPPER), with chance in every choice, so that several
// explanations differ where the trials leave it open.
import type { Random } from "../random.ts";

/** What explanations are found from. */
export interface Evidence {
  /** Per direction its number for each trial; NaN passes no threshold. */
  readonly rows: readonly Float64Array[];
  /** Parameters that each direction reads. */
  readonly widths: readonly number[];
  /** Per trial whether it failed. */
  readonly failed: readonly boolean[];
}

/** Holds where a direction is above a threshold. */
export interface Literal {
  readonly direction: number;
  readonly threshold: number;
}

/** A conjunction of literals; what all of them hold for is expected to fail. */
export interface Rule {
  readonly literals: readonly Literal[];
  /** 0 to 1: the more failed trials it covers, the surer it is that others in it fail. */
  readonly confidence: number;
}

const mostLiterals = 3;
/** Failed trials that are looked at to find rules in one go; failures without a pattern would take ever more. */
const mostSeeds = 24;
/** Spread of the chance in the choice of literals, as a logarithm of their gain. */
const choiceSpread = 0.35;
/** A direction over more parameters is a narrower claim; per parameter it needs this much more gain. */
const widthFactor = 0.8;

/** The trials that a rule is being found for. */
interface Cover {
  /** Failed trials that all literals so far hold for. */
  readonly inside: readonly number[];
  /** Trials with a result that all literals so far hold for: one more literal must keep them out. */
  readonly passing: readonly number[];
}

/** A growing explanation. */
export class Explanation {
  readonly #directions: Int32Array;
  readonly #random: Random;
  readonly #failures: number[] = [];
  readonly #passes: number[] = [];
  /** Failed trials that no rule was found for. */
  #exceptions = new Set<number>();
  #rules: readonly Rule[] = [];

  /** @param directions - those that its rules are made of, as indices of rows */
  constructor(directions: Int32Array, random: Random) {
    this.#directions = directions;
    this.#random = random;
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** Chance of a result where no rule holds: failed trials that no rule explains count against it. */
  get outside(): number {
    const passes = this.#passes.length;
    return (passes + 1) / (passes + this.#exceptions.size + 1.5);
  }

  /** Chance that a trial has a result, by its numbers per direction. */
  chance(numbers: ArrayLike<number>): number {
    let chance = this.outside;
    for (const { literals, confidence } of this.#rules) {
      const isIn = literals.every(({ direction, threshold }) => numbers[direction]! > threshold);
      if (isIn) chance = Math.min(chance, 1 - confidence);
    }
    return chance;
  }

  /** Explains these trials too. Returns whether rules came or went. */
  learn(evidence: Evidence, trials: readonly number[]): boolean {
    const { rows, failed } = evidence;
    for (const trial of trials) (failed[trial]! ? this.#failures : this.#passes).push(trial);
    const kept = this.#rules.filter(({ literals }) =>
      trials.every((trial) => failed[trial]! || !holdsFor(literals, rows, trial)),
    );
    const isRevised = kept.length < this.#rules.length;
    const found = kept.map(({ literals }) => literals);
    this.#cover(found, evidence);
    this.#rules = found.map((literals) => {
      const covered = this.#failures.filter((trial) => holdsFor(literals, rows, trial)).length;
      return { literals, confidence: covered / (covered + literals.length) };
    });
    return isRevised || found.length > kept.length;
  }

  // Adds rules until every failed trial is in one or an exception.
  #cover(found: (readonly Literal[])[], evidence: Evidence): void {
    const { rows } = evidence;
    let open = this.#failures.filter(
      (trial) => !found.some((literals) => holdsFor(literals, rows, trial)),
    );
    let seeds = open.filter((trial) => !this.#exceptions.has(trial));
    for (let tried = 0; seeds.length > 0 && tried < mostSeeds; tried++) {
      const seed = seeds[this.#random.integer(seeds.length)]!;
      const literals = this.#ruleFor(seed, { inside: open, passing: this.#passes }, evidence);
      const isOpen = (trial: number): boolean =>
        literals === undefined || !holdsFor(literals, rows, trial);
      if (literals !== undefined) found.push(literals);
      open = open.filter(isOpen);
      seeds = seeds.filter((trial) => trial !== seed && isOpen(trial));
    }
    this.#exceptions = new Set(open);
  }

  // The seed fails because of this rule: literals are added until no trial with a result is left in it.
  #ruleFor(seed: number, start: Cover, evidence: Evidence): readonly Literal[] | undefined {
    const literals: Literal[] = [];
    let cover = start;
    while (literals.length < mostLiterals) {
      const best = this.#literalFor(seed, cover, evidence);
      if (best === undefined) return undefined;
      const row = evidence.rows[best.direction]!;
      const inside = cover.inside.filter((trial) => row[trial]! > best.threshold);
      const least = inside.reduce((low, trial) => Math.min(low, row[trial]!), row[seed]!);
      // Between the last trial with a result and the first that failed anything may be the limit.
      const gap = least - best.threshold;
      const threshold =
        gap === Infinity ? least - 1e-9 : best.threshold + gap * this.#random.next() * 0.999;
      literals.push({ direction: best.direction, threshold });
      cover = { inside, passing: cover.passing.filter((trial) => row[trial]! > threshold) };
      if (cover.passing.length === 0) return literals;
    }
    return undefined;
  }

  // The literal with the highest gain (Quinlan 1990, FOIL, eq. 5, up to a constant), give or take chance. Its threshold
  // is the last number of a trial with a result below the seed.
  #literalFor(seed: number, cover: Cover, { rows, widths }: Evidence): Literal | undefined {
    const { inside, passing } = cover;
    let best: Literal | undefined;
    let highest = 0;
    for (const direction of this.#directions) {
      const row = rows[direction]!;
      const own = row[seed]!;
      if (Number.isNaN(own)) continue;
      let threshold = -Infinity;
      let left = 0;
      for (let k = 0; k < passing.length; k++) {
        const value = row[passing[k]!]!;
        if (value >= own) left++;
        else if (value > threshold) threshold = value;
      }
      if (left === passing.length && left > 0) continue;
      let covered = 0;
      for (let k = 0; k < inside.length; k++) if (row[inside[k]!]! > threshold) covered++;
      const before = (inside.length + 0.5) / (inside.length + passing.length + 1);
      const after = (covered + 0.5) / (covered + left + 1);
      const gain = passing.length === 0 ? covered : covered * Math.log(after / before);
      if (!(gain > 0)) continue;
      const value =
        gain *
        widthFactor ** (widths[direction]! - 1) *
        Math.exp(choiceSpread * this.#random.normal());
      if (value <= highest) continue;
      highest = value;
      best = { direction, threshold };
    }
    return best;
  }
}

function holdsFor(
  literals: readonly Literal[],
  rows: readonly Float64Array[],
  trial: number,
): boolean {
  return literals.every(({ direction, threshold }) => rows[direction]![trial]! > threshold);
}
