// The proof: the best configurations measured again beside the default one, in rounds of fresh processes back to back,
// in turning order, so that what drifts on a machine hits all alike. The search picked the best of many noisy numbers;
// only these rounds say what it gains.
import { hodgesLehmann, signedRankInterval } from "@fastgpu/results";
import type { MetricBound, Objective } from "../problem.ts";
import type { Configuration } from "../space/declaration.ts";
import {
  brokenBounds,
  costOf,
  feasibleTrials,
  paretoFront,
  type MeasuredTrial,
} from "./standing.ts";
import type { Measure } from "./study.ts";
import { withLine, type StudyState, type StudyTrial } from "./study-state.ts";
import type { ProofLine, StudyLine } from "./study-line.ts";

/** How the proof is run. */
export interface ProofOptions {
  readonly rounds: number;
  /** Configurations beside the default one. */
  readonly contenders: number;
  readonly measure: Measure;
  readonly append: (line: StudyLine) => Promise<void>;
  readonly onLine?: (state: StudyState, line: StudyLine) => void;
  readonly signal: AbortSignal;
}

/** A ratio to the default configuration in one objective: 0.25 = 25% better, whichever way is better. */
export interface Gain {
  readonly metric: string;
  readonly estimate: number;
  /** Absent with too few rounds for the confidence. */
  readonly interval?: { readonly low: number; readonly high: number };
}

/** What the rounds say of a contender. */
export interface ProvenContender {
  readonly configuration: Configuration;
  /** Number of its trial in the search. */
  readonly trial: number;
  readonly rounds: number;
  /** One per objective. */
  readonly gains: readonly Gain[];
  /** Medians over its processes by metric. */
  readonly values: Readonly<Record<string, number>>;
  /** Why it is no answer: a process that broke, or a bound that it does not keep. */
  readonly refusal?: string;
}

/** The outcome of a proof. */
export interface Proof {
  /** Of each interval: 1 - .05 shared among the contenders and objectives. */
  readonly confidence: number;
  readonly contenders: readonly ProvenContender[];
  /** Position of the winner in `contenders`; absent if none is sure to beat the default. */
  readonly winner?: number;
}

const familyError = 0.05;

/** A runner-up further behind the best than this cannot be the better one by the noise of a search. */
const closeRace = 0.1;

/**
 * Who enters: the best feasible trial by the first objective and those close behind it; with several objectives the best
 * of the front in each. The default itself is their opponent, not one of them.
 */
export function contendersOf(state: StudyState, count: number): readonly StudyTrial[] {
  const isOther = ({ origin }: StudyTrial): boolean => origin !== "baseline";
  const { objectives } = state.header;
  const [first, ...others] = objectives;
  if (others.length === 0) {
    const ranked = feasibleTrials(state).filter(isOther);
    const best = ranked[0] === undefined ? NaN : costOf(ranked[0], first);
    const isClose = (trial: MeasuredTrial): boolean =>
      costOf(trial, first) <= best + closeRace * Math.abs(best);
    return ranked.filter(isClose).slice(0, count);
  }
  const front = paretoFront(state).filter(isOther);
  const ranked = objectives.map((objective) =>
    [...front].sort((a, b) => costOf(a, objective) - costOf(b, objective)),
  );
  const inTurn = front.flatMap((_, place) => ranked.flatMap((list) => list[place] ?? []));
  return [...new Set(inTurn)].slice(0, count);
}

/**
 * Runs the rounds that the journal does not have yet.
 *
 * @returns The state with their lines; with fewer rounds if the user stopped them
 */
export async function runProof(given: StudyState, options: ProofOptions): Promise<StudyState> {
  let state = given;
  const { baseline } = state.header;
  const contenders = contendersOf(state, options.contenders);
  if (baseline === undefined || contenders.length === 0) return state;
  const numbers = contenders.map(({ number }) => number);
  const lanes: readonly Lane[] = [
    { contender: "baseline", configuration: baseline },
    ...contenders.map(({ configuration, number }) => ({ contender: number, configuration })),
  ];
  for (let round = 0; round < options.rounds; round++) {
    const order = round % 2 === 0 ? lanes : [...lanes].reverse();
    for (const lane of order) {
      const known = linesOf(state, numbers);
      if (hasRun(known, round, lane) || isOut(known, lane)) continue;
      if (options.signal.aborted) return state;
      const { configuration, contender } = lane;
      const isBaseline = contender === "baseline";
      const request = { configuration, isBaseline, fidelity: 1, repeat: round };
      const measurement = await options.measure(request);
      if (measurement === undefined) return state;
      const shared = { kind: "proof", round, contender, configuration } as const;
      const line: ProofLine = { ...shared, contenders: numbers, measurement };
      await options.append(line);
      state = withLine(state, line);
      options.onLine?.(state, line);
    }
  }
  return state;
}

interface Lane {
  readonly contender: number | "baseline";
  readonly configuration: Configuration;
}

/** What the rounds so far say. Undefined without a default, contenders or rounds. */
export function judgeProof(state: StudyState, count: number): Proof | undefined {
  const contenders = contendersOf(state, count);
  const numbers = contenders.map(({ number }) => number);
  const lines = linesOf(state, numbers);
  if (lines.length === 0) return undefined;
  const { objectives, bounds } = state.header;
  const oneSidedError = familyError / 2 / contenders.length / objectives.length;
  const proven = contenders.map((trial) =>
    judge(lines, trial, { objectives, bounds, oneSidedError }),
  );
  const [first] = objectives;
  const ranked = proven
    .map((contender, place) => ({ place, contender, gain: gainIn(contender, first) }))
    .filter(
      ({ contender, gain }) => contender.refusal === undefined && (gain.interval?.low ?? 0) > 0,
    )
    .sort((a, b) => b.gain.estimate - a.gain.estimate);
  const winner = ranked[0]?.place;
  return {
    confidence: 1 - 2 * oneSidedError,
    contenders: proven,
    ...(winner === undefined ? {} : { winner }),
  };
}

function gainIn({ gains }: ProvenContender, { metric }: Objective): Gain {
  return gains.find((gain) => gain.metric === metric) ?? { metric, estimate: 0 };
}

interface Rules {
  readonly objectives: readonly Objective[];
  readonly bounds: readonly MetricBound[];
  readonly oneSidedError: number;
}

function judge(
  lines: readonly ProofLine[],
  { configuration, number: trial }: StudyTrial,
  { objectives, bounds, oneSidedError }: Rules,
): ProvenContender {
  const own = lines.filter(({ contender }) => contender === trial);
  const gains = objectives.map((objective) => {
    const differences = logRatios(lines, trial, objective);
    return gainOf(objective, differences, oneSidedError);
  });
  const values = mediansOf(own);
  const broken = brokenBounds(
    Object.fromEntries(Object.entries(values).map(([metric, value]) => [metric, { value }])),
    bounds,
  );
  const failure = own.find(({ measurement }) => measurement.outcome.kind !== "ok");
  const refusal =
    failure === undefined
      ? broken[0] &&
        `${broken[0].metric} is ${values[broken[0].metric] ?? "not known"} in the proof`
      : `round ${failure.round + 1} ended as ${failure.measurement.outcome.kind}`;
  const rounds = own.length;
  return { configuration, trial, rounds, gains, values, ...(refusal && { refusal }) };
}

/** ln(contender / default) per round, turned so that above 0 is better. */
function logRatios(
  proof: readonly ProofLine[],
  trial: number,
  { metric, direction }: Objective,
): number[] {
  const sign = direction === "maximize" ? 1 : -1;
  const valueIn = (round: number, contender: ProofLine["contender"]): number => {
    const line = proof.find((one) => one.round === round && one.contender === contender);
    const outcome = line?.measurement.outcome;
    return outcome?.kind === "ok" ? (outcome.values[metric]?.value ?? NaN) : NaN;
  };
  const rounds = [...new Set(proof.map(({ round }) => round))];
  return rounds
    .map((round) => sign * Math.log(valueIn(round, trial) / valueIn(round, "baseline")))
    .filter(Number.isFinite);
}

function gainOf({ metric }: Objective, differences: readonly number[], error: number): Gain {
  if (differences.length === 0) return { metric, estimate: 0 };
  const interval = signedRankInterval(differences, error);
  return {
    metric,
    estimate: Math.expm1(hodgesLehmann(differences)),
    ...(interval && {
      interval: { low: Math.expm1(interval.low), high: Math.expm1(interval.high) },
    }),
  };
}

function mediansOf(lines: readonly ProofLine[]): Record<string, number> {
  const all = lines.flatMap(({ measurement: { outcome } }) =>
    outcome.kind === "ok" ? [outcome.values] : [],
  );
  const metrics = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    metrics.map((metric) => {
      const sorted = all.flatMap((values) => values[metric]?.value ?? []).sort((a, b) => a - b);
      const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
      return [metric, middle];
    }),
  );
}

/** Lines of the proof with exactly these contenders: processes are paired with others of the same time only. */
function linesOf({ proof }: StudyState, numbers: readonly number[]): readonly ProofLine[] {
  return proof.filter(({ contenders }) => contenders.join() === numbers.join());
}

function hasRun(lines: readonly ProofLine[], round: number, { contender }: Lane): boolean {
  return lines.some((line) => line.round === round && line.contender === contender);
}

/** A contender whose process broke needs no further round. */
function isOut(lines: readonly ProofLine[], { contender }: Lane): boolean {
  return (
    contender !== "baseline" &&
    lines.some((line) => line.contender === contender && line.measurement.outcome.kind !== "ok")
  );
}
