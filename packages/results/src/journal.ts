// A journal is one JSON object per line: a header, then a line per finished trial, then the end. The file
// is appended and synced by package bench; this file says what the lines mean and what they add up to.

import { RecordError } from "./errors.ts";
import { migrateRecord, readableSchemas } from "./migrate.ts";
import type { RunHeader, RunRecord } from "./record.ts";
import { isFinished } from "./trial.ts";
import type { TrialRecord } from "./trial.ts";

/** One line of a journal. */
export type JournalLine =
  | { readonly kind: "header"; readonly header: RunHeader }
  | { readonly kind: "trial"; readonly trial: TrialRecord }
  | { readonly kind: "end"; readonly finishedAt: string };

/** What the lines of a journal add up to. */
export interface MergedJournal {
  readonly header: RunHeader;
  /** One per id, in order of first appearance; a later line of the same id replaces the earlier. */
  readonly trials: readonly TrialRecord[];
  /** Present when the run was ended in order. */
  readonly finishedAt?: string;
  /** True when the last line was cut off, as a kill in mid-write leaves it; that line is left out. */
  readonly isTorn: boolean;
}

/**
 * Merges the lines of a journal.
 *
 * @param lines - the lines of the file without their line ends; empty lines are ignored
 * @param where - name of the file, for messages
 * @throws {@link RecordError} RECORD_INVALID when there is no header or a line other than the last
 *   cannot be read; RECORD_VERSION when the header is of another format
 */
export function mergeJournal(lines: readonly string[], where = "journal"): MergedJournal {
  const parsed = parseLines(lines, where);
  const [first, ...rest] = parsed.lines;
  if (first?.kind !== "header") {
    throw new RecordError(
      "RECORD_INVALID",
      `${where}: first line must be a header, got ${first?.kind ?? "nothing"}`,
    );
  }
  const schema: string = first.header.schema;
  if (!readableSchemas.includes(schema)) {
    throw new RecordError(
      "RECORD_VERSION",
      `${where}: schema must be ${readableSchemas.join(" or ")}, got ${schema}`,
    );
  }
  const trials = new Map<string, TrialRecord>();
  let finishedAt: string | undefined;
  for (const line of rest) {
    if (line.kind === "trial") trials.set(line.trial.id, line.trial);
    // A resumed run writes on after the end of the first one.
    finishedAt = line.kind === "end" ? line.finishedAt : undefined;
  }
  const present = migrateRecord({ ...first.header, trials: [...trials.values()] }) as RunHeader & {
    readonly trials: readonly TrialRecord[];
  };
  const { trials: merged, ...header } = present;
  return {
    header,
    trials: merged,
    ...(finishedAt !== undefined && { finishedAt }),
    isTorn: parsed.isTorn,
  };
}

/**
 * The record of a journal. It is `complete` when every planned trial has an outcome other than
 * `cancelled`.
 */
export function recordFromJournal(journal: MergedJournal): RunRecord {
  const finished = journal.trials.filter(isFinished).length;
  return {
    ...journal.header,
    ...(journal.finishedAt !== undefined && { finishedAt: journal.finishedAt }),
    status: finished >= journal.header.plannedTrials ? "complete" : "partial",
    trials: journal.trials,
  };
}

function parseLines(
  lines: readonly string[],
  where: string,
): { readonly lines: readonly JournalLine[]; readonly isTorn: boolean } {
  const filled = lines
    .map((text, index) => ({ text, number: index + 1 }))
    .filter(({ text }) => text.trim() !== "");
  const parsed: JournalLine[] = [];
  for (const [index, { text, number }] of filled.entries()) {
    const line = parseLine(text);
    if (line !== undefined) parsed.push(line);
    else if (index === filled.length - 1) return { lines: parsed, isTorn: true };
    else {
      throw new RecordError(
        "RECORD_INVALID",
        `${where}:${number}: line must be a journal entry, got ${text.slice(0, 40)}`,
      );
    }
  }
  return { lines: parsed, isTorn: false };
}

function parseLine(text: string): JournalLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isJournalLine(value) ? value : undefined;
}

function isJournalLine(value: unknown): value is JournalLine {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "header") return "header" in value && hasText(value.header, "schema");
  if (value.kind === "trial") return "trial" in value && hasText(value.trial, "id");
  return value.kind === "end" && hasText(value, "finishedAt");
}

function hasText(value: unknown, key: string): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Record<string, unknown>)[key] === "string"
  );
}
