// The journal of a comparison: a header, then a line per finished round with both trials and all their samples. Appended
// and synced before the next round starts, so that a killed comparison loses one round and `--resume` goes on.
import { UsageError } from "@fastgpu/core";
import {
  RecordError,
  comparisonSchema,
  type ComparisonHeader,
  type TrialRecord,
} from "@fastgpu/results";
import { readLines, startLineFile, type LineFile } from "../run/line-file.ts";

/** One line. */
export type ComparisonLine =
  | { readonly kind: "header"; readonly header: JournalHeader }
  | ({ readonly kind: "round" } & JournalRound)
  | { readonly kind: "end"; readonly finishedAt: string };

/** The comparison and the identity of its work. */
export interface JournalHeader extends ComparisonHeader {
  /** Hash per benchmark key and side; a resumed comparison must have the same. */
  readonly work: Readonly<Record<string, string>>;
}

/** One round of one benchmark. */
export interface JournalRound {
  readonly key: string;
  readonly round: number;
  readonly first: "base" | "head";
  readonly base: TrialRecord;
  readonly head: TrialRecord;
}

/** An open journal. */
export interface ComparisonJournal {
  readonly file: LineFile<ComparisonLine>;
  readonly header: JournalHeader;
  /** Rounds of an earlier call, in order. */
  readonly rounds: readonly JournalRound[];
}

/**
 * Opens the journal of a comparison, a new one or with `isResumed` the one that is there.
 *
 * @throws {UsageError} if the folder cannot be written, or the journal is of other work
 * @throws {RecordError} if it is damaged before its last line, or of another format
 */
export async function openComparisonJournal(
  path: string,
  header: JournalHeader,
  isResumed: boolean,
): Promise<ComparisonJournal> {
  const lines = isResumed ? await readLines(path) : undefined;
  const earlier = lines === undefined ? undefined : parse(lines, path);
  if (earlier === undefined) {
    const file = await startLineFile<ComparisonLine>(path, [{ kind: "header", header }]);
    return { file, header, rounds: [] };
  }
  requireSameWork(path, earlier.header, header);
  const kept = { ...header, startedAt: earlier.header.startedAt };
  const file = await startLineFile<ComparisonLine>(path, [
    { kind: "header", header: kept },
    ...earlier.rounds.map((round): ComparisonLine => ({ kind: "round", ...round })),
  ]);
  return { file, header: kept, rounds: earlier.rounds };
}

function parse(
  lines: readonly string[],
  path: string,
): Pick<ComparisonJournal, "header" | "rounds"> {
  const filled = lines.filter((line) => line.trim() !== "");
  const parsed = filled.flatMap((text, index) => {
    const line = parseLine(text);
    if (line !== undefined) return [line];
    // A kill in mid-write leaves half a line at the end; anywhere else it is damage.
    if (index === filled.length - 1) return [];
    throw new RecordError(
      "RECORD_INVALID",
      `${path}:${index + 1}: line must be an entry of a comparison, got ${text.slice(0, 40)}`,
    );
  });
  const [first, ...rest] = parsed;
  if (first?.kind !== "header") {
    throw new RecordError(
      "RECORD_INVALID",
      `${path}: first line must be a header, got ${first?.kind ?? "nothing"}`,
    );
  }
  const schema: string = first.header.schema;
  if (schema !== comparisonSchema) {
    throw new RecordError(
      "RECORD_VERSION",
      `${path}: schema must be ${comparisonSchema}, got ${schema}`,
    );
  }
  return { header: first.header, rounds: rest.filter((line) => line.kind === "round") };
}

function parseLine(text: string): ComparisonLine | undefined {
  try {
    const value = JSON.parse(text) as Partial<ComparisonLine> | null;
    if (value === null || typeof value !== "object") return undefined;
    if (value.kind === "header") return hasHeader(value) ? value : undefined;
    if (value.kind === "round") return isRound(value) ? value : undefined;
    return value.kind === "end" ? (value as ComparisonLine) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hasHeader(value: object): value is ComparisonLine {
  const { header } = value as { readonly header?: { readonly schema?: unknown } };
  return typeof header?.schema === "string";
}

function isRound(value: object): value is ComparisonLine {
  const { key, round, base, head } = value as Partial<JournalRound>;
  return (
    typeof key === "string" &&
    Number.isInteger(round) &&
    typeof base?.outcome.state === "string" &&
    typeof head?.outcome.state === "string"
  );
}

function requireSameWork(path: string, earlier: JournalHeader, now: JournalHeader): void {
  const facts = [
    ["base", nameOf(earlier.base), nameOf(now.base)],
    ["head", nameOf(earlier.head), nameOf(now.head)],
    ["benchmarks", JSON.stringify(earlier.work), JSON.stringify(now.work)],
    ["settings", JSON.stringify(earlier.settings), JSON.stringify(now.settings)],
    ["machine", earlier.environment.fingerprint, now.environment.fingerprint],
  ] as const;
  const differs = facts.find(([, before, after]) => before !== after);
  if (differs === undefined) return;
  const [what, before, after] = differs;
  throw new UsageError(
    `${path}: a resumed comparison must have the ${what} of the journal, ${before.slice(0, 60)}, got ${after.slice(0, 60)}; compare without --resume, or with another --out`,
  );
}

function nameOf({ name, commit }: JournalHeader["base"]): string {
  return commit ?? name;
}
