// Benchmarks whose verdict needs no statistics: absent on one side, crashed, void, changed in a counter.

import { compareCounters } from "./counters.ts";
import type { CounterComparison } from "./counters.ts";
import type { BenchmarkVerdict, ComparisonSettings, Round } from "./comparison.ts";
import type { GateMetricName, Margins } from "./gate-metric.ts";
import type { ProcessEvidence } from "./process-evidence.ts";
import type { TrialConfig } from "../trial.ts";

/** Everything known about one benchmark. */
export interface BenchmarkEvidence {
  readonly key: string;
  readonly config: TrialConfig;
  /** Which sides plan it. */
  readonly presence: "both" | "base" | "head";
  /** Why it cannot be compared at all, such as another machine. */
  readonly incomparable?: string;
  readonly margins: Margins;
  /** Relative growth of a counter that is allowed; default 0. */
  readonly counterMargin?: number;
  /** Noise floors of this machine by metric, relative. */
  readonly noiseFloors: Readonly<Partial<Record<GateMetricName, number>>>;
  readonly rounds: readonly Round[];
}

/** A verdict and what decided it. */
export interface Settled {
  readonly verdict: BenchmarkVerdict;
  readonly reason: string;
}

/** More void rounds than this share make a benchmark INVALID. */
export const voidLimit = 0.2;

/** A round that counts: both processes ended well and neither is void. */
export type ValidRound = Round & { readonly base: ProcessEvidence; readonly head: ProcessEvidence };

/** The rounds that count, in order. */
export function validRounds(rounds: readonly Round[]): readonly ValidRound[] {
  return rounds.filter(
    (round): round is ValidRound =>
      round.voidReason === undefined &&
      round.base?.outcome === "ok" &&
      round.head?.outcome === "ok",
  );
}

/** Why a round does not count; undefined when it does. Void processes only: a crash is a verdict, not a void round. */
export function voidReason(
  base: ProcessEvidence | undefined,
  head: ProcessEvidence | undefined,
): string | undefined {
  for (const [side, process] of [
    ["base", base],
    ["head", head],
  ] as const) {
    if (process?.outcome === "invalid") return `${side}: ${process.message ?? "void"}`;
    if (process !== undefined && process.voidShare > voidLimit) {
      return `${side}: ${percent(process.voidShare)} of the samples are void`;
    }
  }
  return undefined;
}

/** Whether a process has no result for a reason of its own; what the machine did to an `invalid` one is none. */
function hasFailed(process: ProcessEvidence | undefined): process is ProcessEvidence {
  return process !== undefined && process.outcome !== "ok" && process.outcome !== "invalid";
}

/** Counters of the first round that has them on both sides; a void round has, because they depend on no clock. */
export function countersOf({
  rounds,
  counterMargin,
}: BenchmarkEvidence): readonly CounterComparison[] {
  const isCounted = (one: ProcessEvidence | undefined): boolean =>
    one?.outcome === "ok" || one?.outcome === "invalid";
  const round = rounds.find(({ base, head }) => isCounted(base) && isCounted(head));
  if (round?.base === undefined || round.head === undefined) return [];
  return compareCounters(round.base.counters, round.head.counters, counterMargin);
}

/**
 * The verdict of a benchmark that needs no statistics.
 *
 * @param minimumRounds - rounds from which too many void ones are a verdict
 * @returns Undefined when timing decides.
 */
export function settle(
  evidence: BenchmarkEvidence,
  settings: Pick<ComparisonSettings, "counters">,
  minimumRounds: number,
): Settled | undefined {
  const { presence, incomparable, rounds } = evidence;
  if (presence === "base") {
    return {
      verdict: "MISSING",
      reason: "in base, absent in head: a benchmark must not disappear",
    };
  }
  if (presence === "head") return { verdict: "NEW", reason: "in head only: nothing to compare" };
  if (incomparable !== undefined) return { verdict: "NOT_COMPARABLE", reason: incomparable };
  const failure = settleFailure(rounds);
  if (failure !== undefined) return failure;
  if (rounds.length === 0) return { verdict: "NOT_MEASURED", reason: "no round was finished" };
  const voids = rounds.filter((round) => round.voidReason !== undefined);
  if (rounds.length >= minimumRounds && voids.length > voidLimit * rounds.length) {
    const [first] = voids;
    return {
      verdict: "INVALID",
      reason: `${voids.length} of ${rounds.length} rounds are void (${first?.voidReason ?? ""}); measure on a quieter machine`,
    };
  }
  const counted = settleCounters(countersOf(evidence), settings);
  if (counted !== undefined || voids.length < rounds.length) return counted;
  const [first] = voids;
  return {
    verdict: "NOT_MEASURED",
    reason: `all ${rounds.length} rounds are void (${first?.voidReason ?? ""})`,
  };
}

function settleFailure(rounds: readonly Round[]): Settled | undefined {
  const failed = rounds.find(({ base, head }) => hasFailed(base) || hasFailed(head));
  if (failed === undefined) return undefined;
  const { base, head, round } = failed;
  const words = (side: string, { outcome, message = "" }: ProcessEvidence): string =>
    `${side} ${outcome} in round ${round + 1}: ${message}`;
  const baseFails = hasFailed(base);
  const headFails = hasFailed(head);
  if (head?.outcome === "cancelled" || base?.outcome === "cancelled") return undefined;
  if (headFails && head.outcome === "unsupported") {
    return base?.outcome === "unsupported"
      ? { verdict: "UNSUPPORTED", reason: `no side can run it: ${head.message ?? ""}` }
      : { verdict: "MISSING", reason: `head no longer runs it: ${head.message ?? ""}` };
  }
  if (headFails) {
    const both = baseFails ? `; base too (${base.outcome})` : "";
    return { verdict: "CRASHED", reason: `${words("head", head)}${both}` };
  }
  if (baseFails) {
    return { verdict: "NOT_COMPARABLE", reason: `${words("base", base)}; head works` };
  }
  return undefined;
}

function settleCounters(
  counters: readonly CounterComparison[],
  settings: Pick<ComparisonSettings, "counters">,
): Settled | undefined {
  if (settings.counters === "report") return undefined;
  const worse = counters.filter(({ verdict }) => verdict === "REGRESSED");
  if (worse.length > 0) return { verdict: "REGRESSED", reason: `counters: ${listChanges(worse)}` };
  if (settings.counters === "gate") return undefined;
  if (counters.length === 0) {
    return { verdict: "NOT_COMPARABLE", reason: "no counter is kept on both sides" };
  }
  const better = counters.filter(({ verdict }) => verdict === "IMPROVED");
  return better.length > 0
    ? { verdict: "IMPROVED", reason: `counters: ${listChanges(better)}` }
    : { verdict: "PASS", reason: `${counters.length} counters are the same` };
}

function listChanges(counters: readonly CounterComparison[]): string {
  return counters.map(({ name, base, head }) => `${name} ${base} -> ${head}`).join(", ");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}
