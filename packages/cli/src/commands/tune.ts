// `tune`: a suite -> study -> proof -> reports. It only wires; the study is package study, the search package tuner.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { loadSuite, shippedSuites } from "@fastgpu/bench";
import { renderStudy, studyProgressLine, terminalStyle } from "@fastgpu/reporter";
import type { StudyReport } from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";
import {
  studyFileName,
  tune,
  tunedFileName,
  tunedFileOf,
  type TuneChoices,
  type TuneLimits,
  type TuneOptions,
  type TuneResult,
  type TuneStep,
} from "@fastgpu/study";
import { strategyNames } from "@fastgpu/tuner";
import { UsageError } from "@fastgpu/core";
import { chooseBackends } from "../backends.ts";
import { calibrationFile, readCalibration } from "../calibration-file.ts";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import { collectDimension, parseList, parseSeconds, wholeNumber } from "../option-values.ts";
import { writeWhole } from "../output-folder.ts";
import { removeIfEmpty } from "../run-folder.ts";
import { openStudyFolder, warmStartJournal } from "../study-folder.ts";

interface TuneCommandOptions extends SharedOptions {
  readonly workload?: string;
  readonly objective?: readonly string[];
  readonly constraint?: readonly string[];
  readonly backend?: string;
  readonly device?: readonly string[];
  readonly trials?: number;
  readonly budget?: number;
  readonly strategy?: string;
  readonly seed?: number;
  readonly repeats?: number;
  readonly rounds?: number;
  readonly model?: string;
  readonly dimension?: Readonly<Record<string, number>>;
  readonly timeout?: number;
  readonly out?: string;
  readonly resume?: true;
  readonly warmStart?: string;
  readonly calibration?: string;
}

/** Searches the fastest configuration of a workload and proves it against the default one. */
export const tuneCommand: CommandDefinition = {
  configure,
  async execute(context, command) {
    const options = command.opts<TuneCommandOptions>();
    const [name = ""] = command.processedArgs as readonly string[];
    const suite = await loadSuite(name);
    const start = await startOf(options, suite.name, context);
    const pool = new DevicePool();
    try {
      const folder = await openStudyFolder({
        suite: suite.name,
        isResumed: options.resume === true,
        workingFolder: context.workingFolder,
        today: context.today,
        ...(options.out === undefined ? {} : { out: options.out }),
      });
      try {
        const result = await tune({
          suite,
          choices: choicesOf(options, context),
          limits: limitsOf(options),
          pool,
          listDevices: (backend, wanted) => {
            // A suite may name a backend that is not installed; say so before a process is started.
            chooseBackends(backend, context.workingFolder);
            return pool.devicesFor(backend, wanted, context.signal);
          },
          journalPath: join(folder, studyFileName),
          resume: options.resume === true,
          ...start,
          signal: context.signal,
          onStep: stepPrinter(context),
        });
        const { report } = result;
        const files = await writeResults(result, folder);
        print(report, files, options, context);
        return exitCodeOf(report);
      } finally {
        await removeIfEmpty(folder);
      }
    } finally {
      await pool.close();
    }
  },
};

function configure(command: Command): void {
  command
    .argument("<suite>", `${shippedSuites.join(", ")}, or the path of a suite file`)
    .option("--workload <name>", "what to tune: a workload of the suite, or name:kind")
    .option(
      "--objective <metric,...>",
      "throughput, p95, memory, ...; several give a Pareto front",
      parseList,
    )
    .option(
      "--constraint <rule,...>",
      'bounds, as in "p95 <= 20 ms" or "memory <= 8 GB"',
      parseList,
    )
    .option(
      "--backend <name,...>",
      "backends: names, packages, files, or all (default: the suite's)",
    )
    .option("--device <id,...>", "device ids as listed by `devices`, default, or all", parseList)
    .option(
      "--trials <n>",
      "trials of the search (default: the suite's, else 40)",
      wholeNumber("--trials", 1),
    )
    .option(
      "--budget <seconds>",
      "ends the search after this time of all processes together",
      parseSeconds,
    )
    .addOption(new Option("--strategy <name>", `how to search: ${strategyNames.join(", ")}`))
    .option("--seed <n>", "seed of the search and of the workload", wholeNumber("--seed", 0))
    .option(
      "--repeats <n>",
      "fresh processes at most for one trial (default: 3)",
      wholeNumber("--repeats", 1),
    )
    .option(
      "--rounds <n>",
      "paired rounds of the proof, up to four times as many while undecided; 0 = none (default: 10)",
      wholeNumber("--rounds", 0),
    )
    .option("--model <file>", "model file for model workloads that name none")
    .option(
      "--dimension <name=size>",
      "size of a symbolic dimension of it; repeatable",
      collectDimension,
    )
    .option("--timeout <seconds>", "longest time for one process", parseSeconds)
    .addHelpText("after", callExamples());
  addJournalOptions(command);
}

/** Where the journal goes, and what the search starts from. */
function addJournalOptions(command: Command): void {
  command
    .option(
      "--out <folder>",
      "folder for journal and reports (default: fastgpu-results/tune-<suite>-<time>)",
    )
    .option("--resume", "go on with the last study of the suite, or the one in --out")
    .option(
      "--warm-start <folder>",
      "start from the trials of an earlier study of the workload on this machine; last = the suite's last",
    )
    .option(
      "--calibration <file>",
      `measured limits for what the search expects (default: ${calibrationFile}, where there is one)`,
    );
}

function callExamples(): string {
  return examples(
    ["fastgpu-bench tune cnn --workload cnn:inference", "the fastest way to predict"],
    ['fastgpu-bench tune my-suite.json --constraint "p95 <= 20 ms"', "within a bound"],
    ["fastgpu-bench tune my-suite.json --objective throughput,memory", "a Pareto front"],
    ["fastgpu-bench tune my-suite.json --trials 100 --resume", "go on, and further"],
    ["fastgpu-bench tune my-suite.json --warm-start last", "after a change, in fewer trials"],
  );
}

/** What the search starts from. A journal that is resumed has its start in it. */
async function startOf(
  { warmStart, resume, calibration: given }: TuneCommandOptions,
  suite: string,
  { workingFolder }: Context,
): Promise<Pick<TuneOptions, "warmStartPath" | "calibration">> {
  if (warmStart !== undefined && resume === true) {
    throw new UsageError(
      "--warm-start: must start a study, got --resume too, whose journal says what it started from",
    );
  }
  const calibration = await readCalibration(given, workingFolder);
  return {
    ...(warmStart === undefined
      ? {}
      : { warmStartPath: await warmStartJournal(warmStart, { suite, workingFolder }) }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}

function choicesOf(options: TuneCommandOptions, { workingFolder }: Context): TuneChoices {
  const { workload, objective, constraint, backend, device, strategy, seed, repeats } = options;
  const { model, dimension, timeout } = options;
  return {
    ...(workload === undefined ? {} : { workload }),
    ...(objective === undefined ? {} : { objectives: objective }),
    ...(constraint === undefined ? {} : { constraints: constraint }),
    ...(backend === undefined ? {} : { backends: chooseBackends(backend, workingFolder) }),
    ...(device === undefined ? {} : { devices: device }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(seed === undefined ? {} : { seed }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(model === undefined ? {} : { modelPath: model }),
    ...(dimension === undefined ? {} : { dimensions: dimension }),
    ...(timeout === undefined ? {} : { trialTimeoutMs: timeout }),
  };
}

function limitsOf({ trials, budget, rounds }: TuneCommandOptions): TuneLimits {
  return {
    ...(trials === undefined ? {} : { trials }),
    ...(budget === undefined ? {} : { budgetMs: budget }),
    ...(rounds === undefined ? {} : { rounds }),
  };
}

/** A line per trial, and one per round of the proof. */
function stepPrinter({ stderr }: Context): (step: TuneStep) => void {
  let planned = 0;
  return (step) => {
    if (step.kind === "started") {
      planned = step.task.trials;
      const { subject, prior } = step.header;
      const kept = step.kept === 0 ? "" : `, ${step.kept} of them kept from the journal`;
      const known =
        prior?.study === undefined
          ? ""
          : `, starting from ${prior.earlier?.length ?? 0} trials of ${prior.study}`;
      stderr.write(`tuning ${subject["workload"] ?? ""}: ${planned} trials${kept}${known}\n`);
      return;
    }
    const { line, report } = step;
    if (line.kind === "tell") stderr.write(`${studyProgressLine(report(), planned)}\n`);
    else if (line.kind === "proof" && line.contender === "baseline") {
      stderr.write(`proof, round ${line.round + 1}\n`);
    }
  };
}

async function writeResults(
  { report, template, suite }: TuneResult,
  folder: string,
): Promise<readonly string[]> {
  const files: string[] = [];
  const write = async (name: string, text: string): Promise<void> => {
    await writeWhole(join(folder, name), text);
    files.push(join(folder, name));
  };
  await write("study.json", `${JSON.stringify(report, undefined, 2)}\n`);
  // Its charting library takes half a second to load.
  const { renderStudyHtml } = await import("@fastgpu/reporter/study-html");
  await write("study.html", renderStudyHtml(report));
  const tuned = tunedFileOf(report, template, suite);
  // The file of an earlier study in this folder would be taken for the answer of this one.
  if (tuned === undefined) await rm(join(folder, tunedFileName), { force: true });
  else await write(tunedFileName, `${JSON.stringify(tuned, undefined, 2)}\n`);
  return files;
}

function print(
  report: StudyReport,
  files: readonly string[],
  options: TuneCommandOptions,
  { stdout, environment }: Context,
): void {
  if (options.json === true) {
    stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    return;
  }
  stdout.write(renderStudy(report, terminalStyle(stdout, environment)));
  stdout.write(`\n${files.join("\n")}\n`);
}

function exitCodeOf({ end, best }: StudyReport): ExitCode {
  if (end === "interrupted") return exitCodes.interrupted;
  return best === undefined ? exitCodes.nothingMeasured : exitCodes.ok;
}
