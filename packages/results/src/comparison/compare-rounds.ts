// Evidence of paired rounds -> verdicts, and how many rounds each benchmark still wants. Called after every look by the
// package that measures, and once more at the end; the same evidence gives the same answer.

import { judge } from "./judge.ts";
import type { Judgement, Series } from "./judge.ts";
import { gateMetricNames, gateMetrics, roleWeights } from "./gate-metric.ts";
import type { GateMetricName } from "./gate-metric.ts";
import { marginOf } from "./margins.ts";
import type { Margin } from "./margins.ts";
import { countersOf, settle, validRounds } from "./settle.ts";
import type { BenchmarkEvidence, ValidRound } from "./settle.ts";
import { verdictOf } from "./verdict.ts";
import type { BenchmarkComparison, ComparisonSettings, MetricComparison } from "./comparison.ts";
import { median } from "../stats/quantile.ts";
import { sortSamples } from "../stats/sorted.ts";

/** A benchmark as far as it is known. */
export interface JudgedBenchmark extends BenchmarkComparison {
  /** Valid rounds to have before it is looked at again; 0 = no more are wanted. */
  readonly wantedRounds: number;
}

interface GatedSeries extends Series {
  readonly name: GateMetricName;
  readonly limit: Margin;
  readonly base: number;
  readonly head: number;
}

/**
 * Judges benchmarks from their rounds. All metrics of all benchmarks are one family, whose error is spent by role.
 *
 * @returns In the order given.
 */
export function compareRounds(
  evidences: readonly BenchmarkEvidence[],
  settings: ComparisonSettings,
): readonly JudgedBenchmark[] {
  const minimumRounds = settings.looks[0]?.rounds ?? 1;
  const parts = evidences.map((evidence) => ({
    evidence,
    settled: settle(evidence, settings, minimumRounds),
    // One round says nothing about time.
    series: settings.counters === "only" ? [] : seriesOf(evidence),
  }));
  const judgements = judge(
    parts.flatMap(({ series }) => series),
    { ...settings, groupWeights: roleWeights },
  );
  let next = 0;
  return parts.map(({ evidence, settled, series }) => {
    const own = judgements.slice(next, (next += series.length));
    const metrics = series.map((one, i) => describe(one, own[i]));
    const { verdict, reason, isOpen } = settled
      ? { ...settled, isOpen: settled.verdict === "NOT_MEASURED" }
      : verdictOf(metrics);
    const { key, config, rounds } = evidence;
    const counters = countersOf(evidence);
    const wantedRounds = isOpen ? nextLook(settings, validRounds(rounds).length) : 0;
    return { key, config, verdict, reason, counters, metrics, rounds, wantedRounds };
  });
}

/** The first round decides about counters, so it is a stop of its own before the looks. */
function nextLook({ looks, counters }: ComparisonSettings, have: number): number {
  if (have === 0 && counters !== "report") return 1;
  return looks.find(({ rounds }) => rounds > have)?.rounds ?? 0;
}

function seriesOf(evidence: BenchmarkEvidence): readonly GatedSeries[] {
  const valid = validRounds(evidence.rounds);
  if (evidence.presence !== "both" || evidence.incomparable !== undefined) return [];
  return gateMetricNames.flatMap((name) => {
    const limit = marginOf(name, evidence.margins, evidence.noiseFloors[name]);
    const pairs = limit === undefined ? undefined : pairsOf(valid, name);
    if (limit === undefined || pairs === undefined) return [];
    const sign = gateMetrics[name].better === "lower" ? 1 : -1;
    return [
      {
        name,
        limit,
        margin: Math.log1p(limit.ratio),
        group: gateMetrics[name].role,
        differences: pairs.map(([base, head]) => sign * Math.log(head / base)),
        base: median(sortSamples(pairs.map(([base]) => base))),
        head: median(sortSamples(pairs.map(([, head]) => head))),
      },
    ];
  });
}

/** Undefined unless every round measured the metric, above 0 on both sides: a ratio needs that. */
function pairsOf(
  valid: readonly ValidRound[],
  name: GateMetricName,
): readonly (readonly [base: number, head: number])[] | undefined {
  const pairs = valid.flatMap(({ base, head }) => {
    const [a, b] = [base.values[name], head.values[name]];
    const isRatio = a !== undefined && b !== undefined && a > 0 && b > 0;
    return isRatio ? [[a, b] as const] : [];
  });
  return pairs.length === valid.length && pairs.length > 0 ? pairs : undefined;
}

function describe(series: GatedSeries, judgement: Judgement | undefined): MetricComparison {
  const { name, limit, base, head } = series;
  const { unit, better, role } = gateMetrics[name];
  const sign = better === "lower" ? 1 : -1;
  const change = (difference: number): number => Math.expm1(sign * difference);
  const { verdict, rounds, interval, estimate, detectableEffect } = judgement ?? {
    verdict: "UNDECIDED" as const,
    rounds: 0,
  };
  const ends = interval === undefined ? [] : [change(interval.low), change(interval.high)];
  return {
    name,
    unit,
    better,
    role,
    verdict,
    margin: limit.ratio,
    marginSource: limit.source,
    rounds,
    base,
    head,
    change: change(estimate ?? 0),
    ...(interval === undefined
      ? {}
      : {
          interval: {
            low: Math.min(...ends),
            high: Math.max(...ends),
            confidence: 1 - 2 * interval.oneSidedError,
          },
        }),
    pRegressed: judgement?.pRegressed ?? 1,
    adjustedPRegressed: judgement?.adjustedPRegressed ?? 1,
    ...(detectableEffect === undefined
      ? {}
      : { detectableChange: Math.expm1(Math.log1p(limit.ratio) + detectableEffect) }),
  };
}
