// `history`: change points over a folder of records. It names the commits and never blocks: its exit code says only
// whether the folder could be read.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "@fastgpu/core";
import { renderHistory, terminalStyle } from "@fastgpu/reporter";
import { buildHistory, RecordError, type RunRecord } from "@fastgpu/results";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { parseList, wholeNumber } from "../option-values.ts";
import { writeWhole } from "../output-folder.ts";
import { printResult } from "../output.ts";
import { journalFileName, readRecord, recordFileName } from "../read-record.ts";

interface HistoryOptions extends SharedOptions {
  readonly window: number;
  readonly metric?: readonly string[];
  readonly html?: string;
}

/** Deeper folders hold no records of ours; a link in a circle must not be followed for ever. */
const maxDepth = 6;

/** Reads every record of a folder; what cannot be read is named and left out. */
export const historyCommand: CommandDefinition = {
  configure,
  async execute(context, command) {
    const options = command.opts<HistoryOptions>();
    const [folder = ""] = command.processedArgs as readonly string[];
    const { records, skipped } = await readRecords(resolve(context.workingFolder, folder));
    for (const line of skipped) context.stderr.write(`warning: ${line}\n`);
    if (records.length === 0) {
      throw new UsageError(`history: folder must hold records, got none in ${folder}`);
    }
    const { window, metric } = options;
    const history = buildHistory(records, {
      window,
      ...(metric === undefined ? {} : { metrics: metric }),
    });
    if (history.length === 0) {
      throw new UsageError(
        `history: records must have results of ${metric?.join(", ") ?? "any metric"}, got none in ${records.length} records`,
      );
    }
    const file = await writePage(options.html, history, context);
    const style = terminalStyle(context.stdout, context.environment);
    printResult(context, options, {
      json: () => ({ records: records.length, skipped, series: history }),
      text: () => `${renderHistory(history, style)}${file === undefined ? "" : `\n${file}\n`}`,
    });
    return exitCodes.ok;
  },
};

function configure(command: Command): void {
  command
    .argument(
      "<folder>",
      "searched with its folders for record.json, journal.jsonl and *.record.json",
    )
    .option("--window <n>", "runs that one change is looked for in", wholeNumber("--window", 6), 50)
    .option("--metric <name,...>", "metrics by their names in CSV, as latency.p05Ns", parseList)
    .option("--html <file>", "write a page with a chart per series")
    .addHelpText(
      "after",
      examples(
        ["fastgpu-bench history fastgpu-results", "changes and their commits"],
        ["fastgpu-bench history records --html history.html", "the same with charts"],
        ["fastgpu-bench history records --metric samplesPerSecond --json", "for scripts"],
      ),
    );
}

async function writePage(
  given: string | undefined,
  history: Parameters<typeof renderHistory>[0],
  { workingFolder }: Context,
): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const { renderHistoryHtml } = await import("@fastgpu/reporter/history-html");
  const path = resolve(workingFolder, given);
  await writeWhole(path, renderHistoryHtml(history));
  return path;
}

interface Found {
  readonly records: readonly RunRecord[];
  /** One line per file that is no record. */
  readonly skipped: readonly string[];
}

async function readRecords(folder: string): Promise<Found> {
  const records: RunRecord[] = [];
  const skipped: string[] = [];
  for (const path of await recordFiles(folder, 0)) {
    try {
      records.push(await readRecord(path));
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      skipped.push(error.message);
    }
  }
  return { records, skipped };
}

/** Records of a folder; a journal counts where the record beside it was never written. */
async function recordFiles(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const records = files.filter((name) => name === recordFileName || name.endsWith(".record.json"));
  const own = records.length === 0 && files.includes(journalFileName) ? [journalFileName] : records;
  const inner: string[] = [];
  if (depth < maxDepth) {
    for (const entry of entries) {
      if (!entry.isDirectory() || entry.name === "node_modules") continue;
      inner.push(...(await recordFiles(join(folder, entry.name), depth + 1)));
    }
  }
  return [...own.map((name) => join(folder, name)), ...inner];
}
