// The journal of a study: what was asked, measured and told, one JSON object per line, so that a study that was killed
// goes on as if nothing had happened. This file says what the lines mean; whoever runs the study writes them.
import { DataError } from "@fastgpu/core";
import type { TrialOutcome } from "../observation.ts";
import type { Prior } from "../prior.ts";
import type { MetricBound, Objective } from "../problem.ts";
import type { Configuration, SpaceDeclaration } from "../space/declaration.ts";

/** Name and version of the journal's format. */
export const studySchema = "fastgpu.study/1";

/** What a study is about; its first line. All of it but id and time must be the same when it is resumed. */
export interface StudyHeader {
  readonly schema: typeof studySchema;
  /** Safe as a file name. */
  readonly studyId: string;
  /** ISO 8601 instant in UTC. */
  readonly startedAt: string;
  /** What is tuned and where, by name for messages: suite, suite hash, workload, machine, engines. */
  readonly subject: Readonly<Record<string, string>>;
  readonly space: SpaceDeclaration;
  readonly objectives: readonly [Objective, ...Objective[]];
  readonly bounds: readonly MetricBound[];
  readonly strategy: string;
  readonly seed: number;
  /** The default configuration, which is measured first and which the answer is held against; absent = none. */
  readonly baseline?: Configuration;
  /** What the search starts from; `study` names the one that its earlier trials are of. Absent = nothing. */
  readonly prior?: Prior & { readonly study?: string };
  /** What the caller chose over the suite, so that a resumed study need not be told again. */
  readonly choices?: Readonly<Record<string, unknown>>;
}

/** How one fresh process ended, and for how long it was busy. */
export interface ProcessMeasurement {
  readonly outcome: TrialOutcome;
  /** Wall time of the whole process, ms. */
  readonly durationMs: number;
  /** True if it was ended early because it was sure to lose. */
  readonly isRaced?: boolean;
}

/** A configuration is to be tried. */
export interface AskLine {
  readonly kind: "ask";
  /** 0-based number of the trial. */
  readonly trial: number;
  readonly configuration: Configuration;
  readonly fidelity?: number;
  readonly origin: "baseline" | "strategy";
}

/** A process of a trial ended. */
export interface ProcessLine {
  readonly kind: "process";
  readonly trial: number;
  /** 0-based number of the process in its trial. */
  readonly repeat: number;
  readonly measurement: ProcessMeasurement;
}

/** What the search was told of a trial. */
export interface TellLine {
  readonly kind: "tell";
  readonly trial: number;
  readonly outcome: TrialOutcome;
}

/** A process of the proof: of a contender, by the number of its trial, or of the baseline. */
export interface ProofLine {
  readonly kind: "proof";
  /** 0-based. */
  readonly round: number;
  readonly contender: number | "baseline";
  /** All contenders of the round: rounds of other contenders are another proof. */
  readonly contenders: readonly number[];
  readonly configuration: Configuration;
  readonly measurement: ProcessMeasurement;
}

/** One line. */
export type StudyLine =
  | { readonly kind: "header"; readonly header: StudyHeader }
  | AskLine
  | ProcessLine
  | TellLine
  | ProofLine
  | { readonly kind: "end"; readonly finishedAt: string; readonly reason: StudyEnd };

/** Why a study ended. */
export type StudyEnd = "trials" | "budget" | "exhausted" | "interrupted";

const kinds: readonly string[] = ["header", "ask", "process", "tell", "proof", "end"];

/**
 * Reads the text of a journal. A last line without its end, as a kill in mid-write leaves it, is left out.
 *
 * @param where - name of the file, for messages
 * @throws {DataError} naming the line, if there is no header or a line other than the last cannot be read
 */
export function parseStudyLines(text: string, where: string): readonly StudyLine[] {
  const rows = text.split("\n");
  const lines: StudyLine[] = [];
  rows.forEach((row, at) => {
    if (row.trim() === "") return;
    const line = parseLine(row);
    if (line !== undefined) lines.push(line);
    else if (at < rows.length - 1) {
      throw new DataError(`${where}:${at + 1}: line must be one of a study, got ${short(row)}`);
    }
  });
  const [first] = lines;
  if (first?.kind !== "header") {
    throw new DataError(
      `${where}: first line must be a header of a study, got ${first?.kind ?? "nothing"}`,
    );
  }
  if ((first.header.schema as string) !== studySchema) {
    throw new DataError(`${where}: schema must be ${studySchema}, got ${first.header.schema}`);
  }
  return lines;
}

function parseLine(row: string): StudyLine | undefined {
  try {
    const value = JSON.parse(row) as unknown;
    if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
    return kinds.includes(value.kind as string) ? (value as StudyLine) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function short(row: string): string {
  return row.length > 40 ? `${row.slice(0, 40)}...` : row;
}
