// What the lines of a journal add up to: trials with their processes, and the rounds of the proof. Pure.
import { DataError } from "@fastgpu/core";
import type { TrialOutcome } from "../observation.ts";
import type { Configuration } from "../space/declaration.ts";
import type {
  AskLine,
  ProcessMeasurement,
  ProofLine,
  StudyEnd,
  StudyHeader,
  StudyLine,
} from "./study-line.ts";

/** A trial of a study. */
export interface StudyTrial {
  readonly number: number;
  readonly configuration: Configuration;
  readonly origin: AskLine["origin"];
  readonly fidelity?: number;
  readonly processes: readonly ProcessMeasurement[];
  /** Absent while the trial is in progress. */
  readonly outcome?: TrialOutcome;
}

/** A study so far. */
export interface StudyState {
  readonly header: StudyHeader;
  readonly trials: readonly StudyTrial[];
  readonly proof: readonly ProofLine[];
  /** Absent while the search goes on. */
  readonly end?: StudyEnd;
}

/** Adds up lines, the first of which is the header. @throws {DataError} for a line about a trial that was not asked */
export function studyStateOf(lines: readonly StudyLine[]): StudyState {
  const [first, ...rest] = lines;
  if (first?.kind !== "header") {
    throw new DataError(`study: first line must be a header, got ${first?.kind ?? "nothing"}`);
  }
  return rest.reduce(withLine, { header: first.header, trials: [], proof: [] });
}

/** The state after one more line. */
export function withLine(state: StudyState, line: StudyLine): StudyState {
  switch (line.kind) {
    case "header":
      return state;
    case "ask": {
      const { trial: number, configuration, origin, fidelity } = line;
      const trial: StudyTrial = {
        number,
        configuration,
        origin,
        processes: [],
        ...(fidelity === undefined ? {} : { fidelity }),
      };
      return { ...state, trials: [...state.trials, trial] };
    }
    case "process":
      return withTrial(state, line.trial, (trial) => ({
        ...trial,
        processes: [...trial.processes, line.measurement],
      }));
    case "tell":
      return withTrial(state, line.trial, (trial) => ({ ...trial, outcome: line.outcome }));
    case "proof":
      return { ...state, proof: [...state.proof, line] };
    case "end":
      return { ...state, end: line.reason };
  }
}

function withTrial(
  state: StudyState,
  number: number,
  change: (trial: StudyTrial) => StudyTrial,
): StudyState {
  if (!state.trials.some((trial) => trial.number === number)) {
    throw new DataError(`study: lines must be about trials that were asked, got trial ${number}`);
  }
  const trials = state.trials.map((trial) => (trial.number === number ? change(trial) : trial));
  return { ...state, trials };
}
