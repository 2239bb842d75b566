// Two stored records, compared without pairs: another day, another load of the machine. Only on the same machine, with a
// rank test of the processes of each side, and every report says so.

import { RecordError } from "../errors.ts";
import { fingerprintText } from "../record.ts";
import type { RunRecord } from "../record.ts";
import { minimumDetectableEffect } from "../stats/detectable-effect.ts";
import { holmByGroup } from "../stats/holm.ts";
import { totalError } from "../stats/looks.ts";
import { median } from "../stats/quantile.ts";
import { hodgesLehmannShift, rankSumInterval, rankSumPValue } from "../stats/rank-sum.ts";
import { sortSamples } from "../stats/sorted.ts";
import { configurationKey } from "../trial.ts";
import type { TrialRecord } from "../trial.ts";
import type { BenchmarkComparison, ComparisonSettings, MetricComparison } from "./comparison.ts";
import { gateMetricNames, gateMetrics, roleWeights } from "./gate-metric.ts";
import type { GateMetricName, Margins } from "./gate-metric.ts";
import type { MetricVerdict } from "./judge.ts";
import { marginOf } from "./margins.ts";
import { processEvidence } from "./process-evidence.ts";
import { countersOf, settle, voidReason } from "./settle.ts";
import type { BenchmarkEvidence, Settled } from "./settle.ts";
import type { Round } from "./comparison.ts";
import { verdictOf } from "./verdict.ts";

/** What a suite or the caller says about benchmarks; the records themselves hold no margins. */
export interface RecordRules {
  readonly margins: Margins;
  readonly noiseFloors: BenchmarkEvidence["noiseFloors"];
}

/** Processes per side from which the rank test can reject: 1 / C(10, 5) = .004 is the first below .01. */
const minimumProcesses = 5;

/** What both reports and notices say about this design. */
export const unpairedNotice: string = `unpaired: base and head were not measured in pairs, so a change of the machine between them looks like a change of the code; each side needs ${minimumProcesses} processes (--repeats ${minimumProcesses})`;

/**
 * Compares two records of one suite.
 *
 * @returns One entry per configuration, those of base first.
 * @throws {@link RecordError} RECORD_INVALID when the records are of different suites
 */
export function compareRecords(
  base: RunRecord,
  head: RunRecord,
  settings: ComparisonSettings,
  rules: RecordRules,
): readonly BenchmarkComparison[] {
  if (base.suite.hash !== head.suite.hash) {
    throw new RecordError(
      "RECORD_INVALID",
      `compare: records must be of the same suite, got ${identity(base)} and ${identity(head)}; measure both with the same suite and options`,
    );
  }
  const [a, b] = [byConfiguration(base), byConfiguration(head)];
  const keys = [...new Set([...a.keys(), ...b.keys()])];
  const incomparable =
    base.environment.fingerprint === head.environment.fingerprint
      ? undefined
      : `machines differ: ${differences(base, head)}`;
  const parts = keys.map((key): Part => {
    const evidence = evidenceOf(key, a.get(key), b.get(key), settings, rules, incomparable);
    return {
      evidence,
      settled: settle(evidence, settings, 1),
      metrics: metricsOf(evidence, settings),
    };
  });
  return decide(parts, settings);
}

interface Part {
  readonly evidence: BenchmarkEvidence;
  readonly settled: Settled | undefined;
  readonly metrics: readonly Candidate[];
}

/** A metric before Holm has spoken. */
interface Candidate {
  readonly metric: MetricComparison;
  readonly pImproved: number;
  readonly isBelowMargin: boolean;
}

function decide(
  parts: readonly Part[],
  settings: ComparisonSettings,
): readonly BenchmarkComparison[] {
  const all = parts.flatMap(({ metrics }) => metrics);
  const roles = all.map(({ metric }) => metric.role);
  const worse = holmByGroup(
    all.map(({ metric }) => metric.pRegressed),
    roles,
    roleWeights,
  );
  const better = holmByGroup(
    all.map(({ pImproved }) => pImproved),
    roles,
    roleWeights,
  );
  const error = totalError(settings.looks);
  let next = 0;
  return parts.map(({ evidence, settled, metrics }) => {
    const decided = metrics.map((candidate): MetricComparison => {
      const index = next++;
      const [adjustedPRegressed, adjustedPImproved] = [worse[index] ?? 1, better[index] ?? 1];
      const isRejected = (p: number, adjusted: number): boolean =>
        p <= error && adjusted <= settings.familyError;
      const verdict: MetricVerdict = isRejected(candidate.metric.pRegressed, adjustedPRegressed)
        ? "REGRESSED"
        : isRejected(candidate.pImproved, adjustedPImproved)
          ? "IMPROVED"
          : candidate.isBelowMargin
            ? "PASS"
            : "UNDECIDED";
      return { ...candidate.metric, verdict, adjustedPRegressed };
    });
    const { verdict, reason } = settled ?? verdictOf(decided);
    const { key, config, rounds } = evidence;
    return {
      key,
      config,
      verdict,
      reason,
      counters: countersOf(evidence),
      metrics: decided,
      rounds,
    };
  });
}

function byConfiguration(record: RunRecord): ReadonlyMap<string, readonly TrialRecord[]> {
  const groups = new Map<string, TrialRecord[]>();
  for (const trial of record.trials) {
    const key = configurationKey(trial.config);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return groups;
}

function evidenceOf(
  key: string,
  base: readonly TrialRecord[] = [],
  head: readonly TrialRecord[] = [],
  { costProbability }: ComparisonSettings,
  { margins, noiseFloors }: RecordRules,
  incomparable: string | undefined,
): BenchmarkEvidence {
  const config = (head[0] ?? base[0])?.config;
  if (config === undefined) {
    throw new RecordError("RECORD_INVALID", `compare: ${key} must have a trial, got none`);
  }
  const rounds = Array.from({ length: Math.max(base.length, head.length) }, (_, round): Round => {
    const [a, b] = [base[round], head[round]].map(
      (trial) => trial && processEvidence(trial, costProbability),
    );
    const reason = voidReason(a, b);
    return {
      round,
      first: "base",
      ...(a === undefined ? {} : { base: a }),
      ...(b === undefined ? {} : { head: b }),
      ...(reason === undefined ? {} : { voidReason: reason }),
    };
  });
  const presence = head.length === 0 ? "base" : base.length === 0 ? "head" : "both";
  return {
    key,
    config,
    presence,
    margins,
    noiseFloors,
    rounds,
    ...(incomparable === undefined ? {} : { incomparable }),
  };
}

function metricsOf(
  evidence: BenchmarkEvidence,
  { looks }: ComparisonSettings,
): readonly Candidate[] {
  if (evidence.presence !== "both" || evidence.incomparable !== undefined) return [];
  const error = totalError(looks);
  return gateMetricNames.flatMap((name) => {
    const limit = marginOf(name, evidence.margins, evidence.noiseFloors[name]);
    const [base, head] = [valuesOf(evidence, "base", name), valuesOf(evidence, "head", name)];
    if (limit === undefined || base.length === 0 || head.length === 0) return [];
    const { unit, better, role } = gateMetrics[name];
    const sign = better === "lower" ? 1 : -1;
    const [x, y] = [base, head].map((side) => side.map((value) => sign * Math.log(value)));
    if (x === undefined || y === undefined) return [];
    const margin = Math.log1p(limit.ratio);
    const interval = rankSumInterval(x, y, error);
    const change = (difference: number): number => Math.expm1(sign * difference);
    const ends = interval === undefined ? [] : [change(interval.low), change(interval.high)];
    const metric: MetricComparison = {
      name,
      unit,
      better,
      role,
      verdict: "UNDECIDED",
      margin: limit.ratio,
      marginSource: limit.source,
      rounds: Math.min(base.length, head.length),
      base: median(sortSamples(base)),
      head: median(sortSamples(head)),
      change: change(hodgesLehmannShift(x, y)),
      ...(interval === undefined
        ? {}
        : {
            interval: {
              low: Math.min(...ends),
              high: Math.max(...ends),
              confidence: 1 - 2 * interval.oneSidedError,
            },
            detectableChange: Math.expm1(margin + minimumDetectableEffect(interval)),
          }),
      pRegressed: rankSumPValue(x, y, margin),
      adjustedPRegressed: 1,
    };
    return [
      {
        metric,
        pImproved: rankSumPValue(y, x, margin),
        isBelowMargin: interval !== undefined && interval.high < margin,
      },
    ];
  });
}

/** Values above 0 of the processes of one side that count; a ratio needs that. */
function valuesOf(
  { rounds }: BenchmarkEvidence,
  side: "base" | "head",
  name: GateMetricName,
): readonly number[] {
  return rounds.flatMap((round) => {
    const value = round.voidReason === undefined ? round[side]?.values[name] : undefined;
    return value !== undefined && value > 0 ? [value] : [];
  });
}

function identity({ suite }: RunRecord): string {
  return `${suite.name} ${suite.hash.slice(0, 12)}`;
}

/** The facts in which two machines differ, in words. */
function differences(base: RunRecord, head: RunRecord): string {
  const [a, b] = [fingerprintText(base.environment), fingerprintText(head.environment)].map(
    (text) => text.split("\n"),
  );
  const gone = (a ?? []).filter((line) => b?.includes(line) !== true);
  const come = (b ?? []).filter((line) => a?.includes(line) !== true);
  return `${gone.join(", ")} against ${come.join(", ")}`;
}
