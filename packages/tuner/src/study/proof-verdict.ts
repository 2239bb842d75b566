// What the rounds of a proof say: an exact signed-rank interval for each contender and objective at a few looks that share
// the error, so that a race that is clear ends early and one that is not gets more rounds.
import { hodgesLehmann, signedRankInterval, type Look } from "@fastgpu/results";
import type { MetricBound, Objective } from "../problem.ts";
import type { Configuration } from "../space/declaration.ts";
import { brokenBounds } from "./standing.ts";
import type { ProofLine, StudyHeader } from "./study-line.ts";
import type { StudyTrial } from "./study-state.ts";

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
  /** Rounds that it took part in. */
  readonly rounds: number;
  /**
   * By the first objective: "better" or "behind" the default for sure (behind: at most `worthwhile` better), "out" for a
   * broken process, else "open".
   */
  readonly standing: "better" | "behind" | "out" | "open";
  /** One per objective. */
  readonly gains: readonly Gain[];
  /** Medians over its processes by metric. */
  readonly values: Readonly<Record<string, number>>;
  /** Why it is no answer: a process that broke, or a bound that it does not keep. */
  readonly refusal?: string;
}

/** The outcome of a proof. */
export interface Proof {
  /** Of each interval at least: .05 shared among the contenders, the objectives and the looks. */
  readonly confidence: number;
  readonly contenders: readonly ProvenContender[];
  /** Position of the winner in `contenders`; absent if none is sure to beat the default. */
  readonly winner?: number;
  /** True if the default broke in so many rounds in a row that there is nothing to hold a contender against. */
  readonly isDefaultBroken: boolean;
}

/** Rounds in a row after which a default that breaks is given up. */
const brokenRounds = 3;

const familyError = 0.05;

/** A gain that is surely smaller is not worth more rounds. */
const worthwhile = 0.02;

/**
 * When the rounds are looked at, and what part of the error an interval of each look may spend: by Bonferroni's inequality
 * the chance that any of them errs is at most their sum, however they depend on each other.
 *
 * @param rounds - before the first look; 0 = no proof
 */
export function proofLooks(rounds: number): readonly { rounds: number; part: number }[] {
  if (rounds === 0) return [];
  return [
    { rounds, part: 1 / 2 },
    { rounds: 2 * rounds, part: 1 / 4 },
    { rounds: 4 * rounds, part: 1 / 4 },
  ];
}

/** What lines of one proof say of its contenders. */
export function judgeLines(
  lines: readonly ProofLine[],
  trials: readonly StudyTrial[],
  { objectives, bounds }: Pick<StudyHeader, "objectives" | "bounds">,
  { rounds }: { readonly rounds: number },
): Proof {
  const oneSidedError = familyError / 2 / trials.length / objectives.length;
  const looks = proofLooks(rounds).map(({ part, ...look }): Look => ({
    ...look,
    oneSidedError: part * oneSidedError,
  }));
  const contenders = trials.map((trial) => judge(lines, trial, { objectives, bounds, looks }));
  const [first] = objectives;
  const gainIn = ({ gains }: ProvenContender): number =>
    gains.find(({ metric }) => metric === first.metric)?.estimate ?? 0;
  const ranked = Array.from(contenders.keys())
    .filter((place) => isWinner(contenders[place]))
    .sort((a, b) => gainIn(contenders[b]!) - gainIn(contenders[a]!));
  const [winner] = ranked;
  return {
    confidence: 1 - 2 * (looks[0]?.oneSidedError ?? oneSidedError),
    contenders,
    isDefaultBroken: isDefaultBroken(lines),
    ...(winner === undefined ? {} : { winner }),
  };
}

/** Whether the default broke in each of its last rounds. */
export function isDefaultBroken(lines: readonly ProofLine[]): boolean {
  const last = lines
    .filter(({ contender }) => contender === "baseline")
    .toSorted((a, b) => a.round - b.round)
    .slice(-brokenRounds);
  return (
    last.length === brokenRounds &&
    last.every(({ measurement }) => measurement.outcome.kind !== "ok")
  );
}

function isWinner(contender: ProvenContender | undefined): boolean {
  return contender?.standing === "better" && contender.refusal === undefined;
}

interface Rules {
  readonly objectives: readonly [Objective, ...Objective[]];
  readonly bounds: readonly MetricBound[];
  readonly looks: readonly Look[];
}

function judge(
  lines: readonly ProofLine[],
  { configuration, number: trial }: StudyTrial,
  rules: Rules,
): ProvenContender {
  const own = lines.filter(({ contender }) => contender === trial);
  const failure = own.find(({ measurement }) => measurement.outcome.kind !== "ok");
  const { standing, gains } = lookAt(lines, trial, rules);
  const values = mediansOf(own);
  const broken = brokenBounds(
    Object.fromEntries(Object.entries(values).map(([metric, value]) => [metric, { value }])),
    rules.bounds,
  );
  const refusal =
    failure === undefined
      ? broken[0] &&
        `${broken[0].metric} is ${values[broken[0].metric] ?? "not known"} in the proof`
      : `round ${failure.round + 1} ended as ${failure.measurement.outcome.kind}`;
  return {
    configuration,
    trial,
    rounds: own.length,
    standing: failure === undefined ? standing : "out",
    gains,
    values,
    ...(refusal && { refusal }),
  };
}

/** The look that decided, or else the last one taken; before the first one all rounds at its error, deciding nothing. */
function lookAt(
  lines: readonly ProofLine[],
  trial: number,
  { objectives, looks }: Rules,
): Pick<ProvenContender, "standing" | "gains"> {
  const ratios = objectives.map((objective) => logRatios(lines, trial, objective));
  const gainsOf = ({ rounds, oneSidedError }: Look): Gain[] =>
    objectives.map((objective, k) =>
      gainOf(objective, (ratios[k] ?? []).slice(0, rounds), oneSidedError),
    );
  const taken = looks.filter(({ rounds }) => (ratios[0]?.length ?? 0) >= rounds);
  let gains = gainsOf(looks[0] ?? { rounds: 0, oneSidedError: 0 });
  for (const look of taken) {
    gains = gainsOf(look);
    const { interval } = gains[0] ?? {};
    if (interval === undefined) continue;
    if (interval.low > 0) return { standing: "better", gains };
    if (interval.high < worthwhile) return { standing: "behind", gains };
  }
  return { standing: "open", gains };
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
