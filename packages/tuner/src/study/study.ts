// A study: asks a search, has each proposal measured, tells what came of it, and writes every step down before the next.
// What is measured and where lines are kept is the caller's; a study that is given its earlier lines goes on exactly where
// they end.
import { UsageError } from "@fastgpu/core";
import type { Problem } from "../problem.ts";
import type { Configuration } from "../space/declaration.ts";
import type { Proposal } from "../strategy.ts";
import { combine, needsRepeat, type RepeatRule } from "./repeat.ts";
import { costOf, feasibleTrials } from "./standing.ts";
import { studyStateOf, withLine, type StudyState, type StudyTrial } from "./study-state.ts";
import type { AskLine, ProcessMeasurement, StudyEnd, StudyLine } from "./study-line.ts";

/** A process to run. */
export interface MeasureRequest {
  readonly configuration: Configuration;
  /** True for the default configuration: the engine's own choices, not the space's words for them. */
  readonly isBaseline: boolean;
  /** Share of the full effort, above 0 and at most 1. */
  readonly fidelity: number;
  /** 0-based number of the process in its trial. */
  readonly repeat: number;
  /**
   * Value of the first objective that the trial must reach to matter: it may end once it is sure to stay behind. Absent =
   * run to the end.
   */
  readonly mustReach?: number;
}

/** Runs one fresh process; resolves with undefined if the user stopped it. Never rejects for what a backend does. */
export type Measure = (request: MeasureRequest) => Promise<ProcessMeasurement | undefined>;

/** The part of a search that a study needs; in this thread or in another. */
export interface Asker {
  ask(count?: number): readonly Proposal[] | Promise<readonly Proposal[]>;
  tell(observation: {
    readonly configuration: Configuration;
    readonly outcome: NonNullable<StudyTrial["outcome"]>;
    readonly fidelity?: number;
  }): void | Promise<void>;
}

/** When the search ends. */
export interface StudyLimits {
  /** Trials, the baseline among them; at least 1. */
  readonly trials: number;
  /** Time of all processes together, ms. */
  readonly busyMs?: number;
}

/** How a study is run. */
export interface StudyOptions {
  readonly problem: Problem;
  readonly search: Asker;
  /** The header first; then, to go on with an earlier study, its lines. */
  readonly lines: readonly [StudyLine, ...StudyLine[]];
  readonly limits: StudyLimits;
  readonly repeats: RepeatRule;
  /** Part by which a trial may stay behind the best before it is ended: processes differ by themselves. */
  readonly slack: number;
  readonly measure: Measure;
  /** Puts a line where a kill cannot take it. */
  readonly append: (line: StudyLine) => Promise<void>;
  readonly onLine?: (state: StudyState, line: StudyLine) => void;
  readonly signal: AbortSignal;
}

/**
 * Searches until a limit is reached, the space is exhausted or the user stops it.
 *
 * @returns The state with the reason of the end
 * @throws {UsageError} if earlier lines are not what this search would have asked
 */
export async function runSearch(options: StudyOptions): Promise<StudyState> {
  return new RunningStudy(options).run();
}

class RunningStudy {
  readonly #options: StudyOptions;
  #state: StudyState;

  constructor(options: StudyOptions) {
    this.#options = options;
    this.#state = studyStateOf(options.lines);
  }

  async run(): Promise<StudyState> {
    await this.#replay();
    let end = this.#endReason();
    while (end === undefined) {
      const trial = this.#openTrial() ?? (await this.#ask());
      if (trial === undefined) end = "exhausted";
      else end = (await this.#finish(trial)) ? this.#endReason() : "interrupted";
    }
    return { ...this.#state, end };
  }

  /** Brings the search to where the lines end: the same asks and tells in the same order. */
  async #replay(): Promise<void> {
    const { search, lines } = this.#options;
    const asked = new Map<number, AskLine>();
    for (const line of lines) {
      if (line.kind === "ask") {
        asked.set(line.trial, line);
        if (line.origin === "strategy") await this.#checkProposal(line);
      }
      const { configuration, fidelity } = (line.kind === "tell" && asked.get(line.trial)) || {};
      if (line.kind !== "tell" || configuration === undefined) continue;
      const share = fidelity === undefined ? {} : { fidelity };
      await search.tell({ configuration, outcome: line.outcome, ...share });
    }
  }

  async #checkProposal({ trial, configuration }: AskLine): Promise<void> {
    const [proposal] = await this.#options.search.ask(1);
    const { space } = this.#options.problem;
    const isSame =
      proposal !== undefined &&
      space.keyOf(space.pointOf(proposal.configuration)) ===
        space.keyOf(space.pointOf(configuration));
    if (isSame) return;
    throw new UsageError(
      `study: trial ${trial} must be what its strategy and seed propose, got ${JSON.stringify(configuration)}; start anew without --resume`,
    );
  }

  #openTrial(): StudyTrial | undefined {
    return this.#state.trials.find(({ outcome }) => outcome === undefined);
  }

  async #ask(): Promise<StudyTrial | undefined> {
    const { header, trials } = this.#state;
    const trial = trials.length;
    const { baseline } = header;
    if (trial === 0 && baseline !== undefined) {
      await this.#write({ kind: "ask", trial, configuration: baseline, origin: "baseline" });
      return this.#openTrial();
    }
    const [proposal] = await this.#options.search.ask(1);
    if (proposal === undefined) return undefined;
    const { configuration, fidelity } = proposal;
    const share = fidelity === undefined ? {} : { fidelity };
    await this.#write({ kind: "ask", trial, configuration, ...share, origin: "strategy" });
    return this.#openTrial();
  }

  /** Measures what a trial still lacks and tells the search. @returns False if the user stopped it */
  async #finish({ number }: StudyTrial): Promise<boolean> {
    const { signal, repeats, measure, search } = this.#options;
    const current = (): StudyTrial => this.#state.trials[number]!;
    while (needsRepeat(this.#state, current(), repeats)) {
      if (signal.aborted) return false;
      const { configuration, origin, fidelity = 1, processes } = current();
      const mustReach = origin === "baseline" ? undefined : this.#mustReach();
      const measurement = await measure({
        configuration,
        isBaseline: origin === "baseline",
        fidelity,
        repeat: processes.length,
        ...(mustReach === undefined ? {} : { mustReach }),
      });
      if (measurement === undefined) return false;
      const repeat = processes.length;
      await this.#write({ kind: "process", trial: number, repeat, measurement });
    }
    const { configuration, fidelity } = current();
    const outcome = combine(this.#state, current());
    await this.#write({ kind: "tell", trial: number, outcome });
    const share = fidelity === undefined ? {} : { fidelity };
    await search.tell({ configuration, outcome, ...share });
    return true;
  }

  /** With several objectives a trial that is behind in one may lead in another, so none is ended for it. */
  #mustReach(): number | undefined {
    const { objectives } = this.#state.header;
    const [best] = feasibleTrials(this.#state);
    if (objectives.length > 1 || best === undefined) return undefined;
    const [objective] = objectives;
    const cost = costOf(best, objective);
    const { slack } = this.#options;
    return objective.direction === "minimize" ? cost * (1 + slack) : -cost / (1 + slack);
  }

  #endReason(): StudyEnd | undefined {
    const { signal, limits } = this.#options;
    if (signal.aborted) return "interrupted";
    if (this.#openTrial() !== undefined) return undefined;
    if (this.#state.trials.length >= limits.trials) return "trials";
    return busyMs(this.#state) >= (limits.busyMs ?? Infinity) ? "budget" : undefined;
  }

  async #write(line: StudyLine): Promise<void> {
    await this.#options.append(line);
    this.#state = withLine(this.#state, line);
    this.#options.onLine?.(this.#state, line);
  }
}

/** Time that processes took, search and proof together, ms. */
export function busyMs({ trials, proof }: Pick<StudyState, "trials" | "proof">): number {
  const searched = trials.flatMap(({ processes }) => processes);
  const all = [...searched, ...proof.map(({ measurement }) => measurement)];
  return all.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
