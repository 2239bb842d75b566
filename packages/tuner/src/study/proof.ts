// The proof: the best configurations measured again beside the default one, in rounds of fresh processes back to back,
// in turning order, so that what drifts on a machine hits all alike, and more rounds for who is undecided. The search
// picked the best of many noisy numbers; only these rounds say what it gains.
import type { Configuration } from "../space/declaration.ts";
import { judgeLines, proofLooks, type Proof } from "./proof-verdict.ts";
import { costOf, feasibleTrials, paretoFront, type MeasuredTrial } from "./standing.ts";
import type { Measure } from "./study.ts";
import { withLine, type StudyState, type StudyTrial } from "./study-state.ts";
import type { ProofLine, StudyLine } from "./study-line.ts";

/** How the proof is run. */
export interface ProofOptions {
  /** Rounds before the first look; up to four times as many while no contender is sure to win and one still may. */
  readonly rounds: number;
  /** Configurations beside the default one. */
  readonly contenders: number;
  readonly measure: Measure;
  readonly append: (line: StudyLine) => Promise<void>;
  readonly onLine?: (state: StudyState, line: StudyLine) => void;
  readonly signal: AbortSignal;
}

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
 * Runs the rounds that the journal does not have yet, until the contenders are decided or had their last look. Who takes
 * part in a round follows from the rounds before it alone, so that a proof that was cut off goes on as it would have.
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
  const last = proofLooks(options.rounds).at(-1)?.rounds ?? 0;
  for (let round = 0; round < last; round++) {
    const before = linesOf(state, numbers).filter((line) => line.round < round);
    const verdict = judgeLines(before, contenders, state.header, options);
    const open = verdict.contenders
      .filter(({ standing }) => standing === "open")
      .map(({ trial }) => trial);
    if (verdict.winner !== undefined || open.length === 0 || verdict.isDefaultBroken) break;
    const order = round % 2 === 0 ? lanes : [...lanes].reverse();
    for (const lane of order) {
      const known = linesOf(state, numbers);
      if (lane.contender !== "baseline" && !open.includes(lane.contender)) continue;
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

/** What the rounds so far say. Undefined without a default, contenders or rounds. */
export function judgeProof(
  state: StudyState,
  options: Pick<ProofOptions, "rounds" | "contenders">,
): Proof | undefined {
  const contenders = contendersOf(state, options.contenders);
  const numbers = contenders.map(({ number }) => number);
  const lines = linesOf(state, numbers);
  if (lines.length === 0) return undefined;
  return judgeLines(lines, contenders, state.header, options);
}

interface Lane {
  readonly contender: number | "baseline";
  readonly configuration: Configuration;
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
