// Two sides -> comparison: rounds of fresh processes back to back, order ABBA, until every benchmark is decided or has
// had its last look. The deciding is @fastgpu/results; this only measures, journals and asks again.
import { UsageError } from "@fastgpu/core";
import {
  compareRounds,
  completeComparison,
  processEvidence,
  validRounds,
  voidReason,
  type BenchmarkEvidence,
  type Comparison,
  type ComparisonHeader,
  type JudgedBenchmark,
  type Round,
  type TrialConfig,
  type TrialRecord,
} from "@fastgpu/results";
import {
  openComparisonJournal,
  type ComparisonJournal,
  type JournalHeader,
  type JournalRound,
} from "./comparison-journal.ts";
import type { Side, SideBenchmark } from "./side.ts";

/** What happened, for a display. */
export type ComparisonEvent =
  | { readonly kind: "started"; readonly benchmarks: number; readonly resumedRounds: number }
  | {
      readonly kind: "round";
      readonly key: string;
      readonly round: number;
      readonly wanted: number;
    }
  /** A benchmark has its verdict. */
  | { readonly kind: "decided"; readonly benchmark: JudgedBenchmark };

/** What to compare and how. */
export interface ComparisonOptions {
  readonly base: Side;
  readonly head: Side;
  /** Everything but what the sides say themselves. */
  readonly header: ComparisonHeader;
  /** Noise floors of this machine for a configuration, relative; none without a calibration. */
  readonly noiseFloors?: (config: TrialConfig) => BenchmarkEvidence["noiseFloors"];
  /** Compares benchmarks whose definitions differ. */
  readonly allowsSuiteChange?: boolean;
  readonly journalPath: string;
  readonly isResumed?: boolean;
  readonly onEvent?: (event: ComparisonEvent) => void;
  /** Aborting ends the round in progress; it is not kept. */
  readonly signal: AbortSignal;
  /** No round is started after this many ms; what is open then stays undecided. */
  readonly budgetMs?: number;
  /** Milliseconds of a steady clock. */
  readonly nowMs: () => number;
}

/** A benchmark under way. */
interface Running {
  readonly evidence: Omit<BenchmarkEvidence, "rounds">;
  readonly rounds: Round[];
}

/**
 * Compares two sides.
 *
 * @throws {UsageError} if a benchmark is defined differently on both sides, or a resumed journal is of other work
 */
export async function executeComparison(options: ComparisonOptions): Promise<Comparison> {
  const { header, onEvent = () => undefined } = options;
  const running = planBenchmarks(options);
  const journal = await openComparisonJournal(
    options.journalPath,
    { ...header, work: workOf(options) },
    options.isResumed === true,
  );
  try {
    for (const round of journal.rounds) {
      running.get(round.key)?.rounds.push(roundOf(round, header));
    }
    const open = [...running.values()].filter(({ evidence }) => evidence.presence === "both");
    onEvent({
      kind: "started",
      benchmarks: open.length,
      resumedRounds: journal.rounds.length,
    });
    const isWhole = await measure(running, journal, options);
    const finishedAt = new Date().toISOString();
    // Without this line a comparison can be resumed, and is not replaced unasked.
    if (isWhole) await journal.file.append({ kind: "end", finishedAt });
    const status = isWhole ? "complete" : "partial";
    const { startedAt } = journal.header;
    const benchmarks = judgeAll(running, header);
    return completeComparison({ ...header, startedAt }, benchmarks, { status, finishedAt });
  } finally {
    await journal.file.close();
  }
}

function judgeAll(
  running: ReadonlyMap<string, Running>,
  { settings }: ComparisonHeader,
): readonly JudgedBenchmark[] {
  const evidences = [...running.values()].map(({ evidence, rounds }) => ({ ...evidence, rounds }));
  return compareRounds(evidences, settings);
}

/** @returns False when it was stopped before everything was decided. */
async function measure(
  running: ReadonlyMap<string, Running>,
  journal: ComparisonJournal,
  options: ComparisonOptions,
): Promise<boolean> {
  const { header, signal, budgetMs = Infinity, nowMs, onEvent = () => undefined } = options;
  const endMs = nowMs() + budgetMs;
  const decided = new Set<string>();
  for (;;) {
    const judged = judgeAll(running, header);
    for (const benchmark of judged) {
      if (benchmark.wantedRounds > 0 || decided.has(benchmark.key)) continue;
      decided.add(benchmark.key);
      onEvent({ kind: "decided", benchmark });
    }
    // One round of each in turn, so that a slow minute of the machine does not hit one benchmark alone.
    const open = judged.filter(({ wantedRounds }) => wantedRounds > 0);
    if (open.length === 0) return true;
    for (const { key, wantedRounds } of open) {
      const state = running.get(key);
      if (state === undefined || validRounds(state.rounds).length >= wantedRounds) continue;
      if (signal.aborted || nowMs() >= endMs) return false;
      const measured = await measureRound(key, state.rounds.length, options);
      if (measured === undefined) return false;
      await journal.file.append({ kind: "round", ...measured });
      state.rounds.push(roundOf(measured, header));
      onEvent({ kind: "round", key, round: measured.round, wanted: wantedRounds });
    }
  }
}

/** @returns Undefined when it was stopped. */
async function measureRound(
  key: string,
  round: number,
  { base, head, signal }: ComparisonOptions,
): Promise<JournalRound | undefined> {
  // ABBA: a drift of the machine within two rounds hits both sides alike.
  const first = round % 2 === 0 ? "base" : "head";
  const trials = new Map<"base" | "head", TrialRecord>();
  for (const name of first === "base" ? (["base", "head"] as const) : (["head", "base"] as const)) {
    const trial = await (name === "base" ? base : head).run(key, round);
    if (signal.aborted || trial.outcome.state === "cancelled") return undefined;
    trials.set(name, trial);
  }
  const [a, b] = [trials.get("base"), trials.get("head")];
  return a === undefined || b === undefined ? undefined : { key, round, first, base: a, head: b };
}

function roundOf(
  { round, first, base, head }: JournalRound,
  { settings }: ComparisonHeader,
): Round {
  const { costProbability } = settings;
  const [a, b] = [processEvidence(base, costProbability), processEvidence(head, costProbability)];
  const reason = voidReason(a, b);
  return {
    round,
    first,
    base: a,
    head: b,
    ...(reason === undefined ? {} : { voidReason: reason }),
  };
}

/** Benchmarks of both sides, those of base first. */
function planBenchmarks(options: ComparisonOptions): Map<string, Running> {
  const { base, head, noiseFloors = () => ({}), allowsSuiteChange = false } = options;
  const before = new Map(base.description.benchmarks.map((one) => [one.key, one]));
  const after = new Map(head.description.benchmarks.map((one) => [one.key, one]));
  const changed = [...before.values()].filter(
    ({ key, workHash }) => after.has(key) && after.get(key)?.workHash !== workHash,
  );
  if (changed.length > 0 && !allowsSuiteChange) {
    throw new UsageError(
      `compare: benchmarks must be the same work in base and head, got other definitions of ${changed.map(({ key }) => key).join(", ")}; --allow-suite-change compares them nevertheless`,
    );
  }
  return new Map(
    [...new Set([...before.keys(), ...after.keys()])].map((key): [string, Running] => {
      const [a, b] = [before.get(key), after.get(key)];
      const known = b ?? a;
      if (known === undefined) throw new UsageError(`compare: ${key} must be planned, got neither`);
      const presence = a === undefined ? "head" : b === undefined ? "base" : "both";
      return [key, { evidence: evidenceOf(known, presence, noiseFloors), rounds: [] }];
    }),
  );
}

// Margins are those of head: a change of the work may need other ones, and reviewers see it in the same diff.
function evidenceOf(
  { key, config, margins, counterMargin }: SideBenchmark,
  presence: BenchmarkEvidence["presence"],
  noiseFloors: NonNullable<ComparisonOptions["noiseFloors"]>,
): Omit<BenchmarkEvidence, "rounds"> {
  return { key, config, presence, margins, counterMargin, noiseFloors: noiseFloors(config) };
}

function workOf({ base, head }: ComparisonOptions): JournalHeader["work"] {
  const entries = [
    ...base.description.benchmarks.map(({ key, workHash }) => [`base ${key}`, workHash] as const),
    ...head.description.benchmarks.map(({ key, workHash }) => [`head ${key}`, workHash] as const),
  ];
  return Object.fromEntries(entries);
}
