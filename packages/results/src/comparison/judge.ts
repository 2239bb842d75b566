// The decision of a comparison: series of paired rounds -> verdicts. Looks spend error, Holm guards the family, a verdict
// once reached stays. Pure: the same series give the same verdicts, so an interrupted comparison can be judged again.

import { minimumDetectableEffect } from "../stats/detectable-effect.ts";
import { holmByGroup } from "../stats/holm.ts";
import { sequentialPValue, totalError } from "../stats/looks.ts";
import type { Look } from "../stats/looks.ts";
import { hodgesLehmann, signedRankInterval, signedRankPValue } from "../stats/signed-rank.ts";
import type { ShiftInterval } from "../stats/signed-rank.ts";

/** What is known about one metric of one benchmark. */
export type MetricVerdict = "REGRESSED" | "IMPROVED" | "PASS" | "UNDECIDED";

/** Paired rounds of one metric of one benchmark. */
export interface Series {
  /** d = ln(head / base) of each round in order, with the sign turned so that above 0 is worse. Finite. */
  readonly differences: readonly number[];
  /** Largest difference that is no regression: ln(1 + margin), at least 0. */
  readonly margin: number;
  /** Series of one group share its part of the error; absent = all are one group. See `holmByGroup`. */
  readonly group?: string;
}

/** How to judge. */
export interface Rule {
  readonly looks: readonly Look[];
  /** Chance of any false alarm in the whole family of series. */
  readonly familyError: number;
  /** Weights of the groups of series; 1 where absent. */
  readonly groupWeights?: Readonly<Record<string, number>>;
}

/** What a series says. */
export interface Judgement {
  readonly verdict: MetricVerdict;
  /** Rounds at the look that decided, or at the last one taken; before the first look all there are. */
  readonly rounds: number;
  /** Hodges-Lehmann estimate of d over those rounds; undefined without rounds. */
  readonly estimate?: number;
  /** At the error of that look; undefined before the first look. */
  readonly interval?: ShiftInterval;
  /** Of "not worse than the margin" over all looks taken, before Holm; 1 before the first look. */
  readonly pRegressed: number;
  /** The same after Holm, comparable with the error of the family. */
  readonly adjustedPRegressed: number;
  /** Beyond the margin, a true difference that this many rounds show with 90% power. */
  readonly detectableEffect?: number;
}

interface State {
  readonly series: Series;
  readonly worse: number[];
  readonly better: number[];
  verdict: MetricVerdict;
  rounds: number;
  interval?: ShiftInterval;
}

/**
 * Judges all series of a comparison. At each look, in order, every undecided series that has enough rounds is looked at:
 * REGRESSED if the interval lies above the margin and Holm over its group agrees, IMPROVED if it lies below minus the
 * margin likewise, PASS if it lies below the margin, else UNDECIDED.
 *
 * @returns One judgement per series, in their order.
 * @throws {@link RecordError} STATISTICS when a difference is not finite
 */
export function judge(family: readonly Series[], rule: Rule): readonly Judgement[] {
  const states = family.map((series): State => ({
    series,
    worse: [],
    better: [],
    verdict: "UNDECIDED",
    rounds: 0,
  }));
  for (const look of rule.looks) {
    const seen = states.filter((state) => takeLook(state, look));
    const adjusted = adjust(states, rule);
    for (const state of seen) {
      const index = states.indexOf(state);
      decide(state, adjusted[index] ?? { worse: 1, better: 1 }, rule);
    }
  }
  const adjusted = adjust(states, rule);
  return states.map((state, index) => describe(state, adjusted[index]?.worse ?? 1, rule));
}

function takeLook(state: State, { rounds, oneSidedError }: Look): boolean {
  const { differences, margin } = state.series;
  if (state.verdict !== "UNDECIDED" || differences.length < rounds) return false;
  const seen = differences.slice(0, rounds);
  state.rounds = rounds;
  const interval = signedRankInterval(seen, oneSidedError);
  if (interval !== undefined) state.interval = interval;
  state.worse.push(signedRankPValue(seen, margin));
  state.better.push(
    signedRankPValue(
      seen.map((d) => -d),
      margin,
    ),
  );
  return true;
}

interface Adjusted {
  readonly worse: number;
  readonly better: number;
}

// Series that were not looked at count with p = 1, so that a family is as large at its first look as at its last.
function adjust(states: readonly State[], { looks, groupWeights }: Rule): readonly Adjusted[] {
  const groups = states.map(({ series }) => series.group ?? "");
  const adjustBy = (pValues: (state: State) => readonly number[]): readonly number[] =>
    holmByGroup(
      states.map((state) => sequentialPValue(looks, pValues(state))),
      groups,
      groupWeights,
    );
  const worse = adjustBy((state) => state.worse);
  const better = adjustBy((state) => state.better);
  return worse.map((p, index) => ({ worse: p, better: better[index] ?? 1 }));
}

function decide(state: State, adjusted: Adjusted, { looks, familyError }: Rule): void {
  const { interval, series } = state;
  if (interval === undefined) return;
  const isBelow = (p: readonly number[]): boolean =>
    sequentialPValue(looks, p) <= totalError(looks);
  if (isBelow(state.worse) && adjusted.worse <= familyError) state.verdict = "REGRESSED";
  else if (isBelow(state.better) && adjusted.better <= familyError) state.verdict = "IMPROVED";
  else if (interval.high < series.margin || (interval.high === 0 && series.margin === 0)) {
    state.verdict = "PASS";
  }
}

function describe(state: State, adjustedPRegressed: number, { looks }: Rule): Judgement {
  const { series, interval, verdict } = state;
  const rounds = state.rounds === 0 ? series.differences.length : state.rounds;
  const seen = series.differences.slice(0, rounds);
  return {
    verdict,
    rounds,
    ...(rounds === 0 ? {} : { estimate: hodgesLehmann(seen) }),
    ...(interval === undefined
      ? {}
      : { interval, detectableEffect: minimumDetectableEffect(interval) }),
    pRegressed: sequentialPValue(looks, state.worse),
    adjustedPRegressed,
  };
}
