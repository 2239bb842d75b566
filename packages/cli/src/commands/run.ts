// `run`: a suite -> plan -> trials -> record and reports. It only wires; planning and measuring are package bench.
import { join, resolve } from "node:path";
import { Option, type Command } from "commander";
import { UsageError } from "@fastgpu/core";
import {
  executeRun,
  loadSuite,
  planRun,
  shippedSuites,
  type Plan,
  type PlanOptions,
  type Suite,
} from "@fastgpu/bench";
import { createProgress, renderJson, renderTable, terminalStyle } from "@fastgpu/reporter";
import type { OutcomeState, RunRecord } from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";
import { chooseBackends } from "../backends.ts";
import { calibrationFile, readCalibration } from "../calibration-file.ts";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import {
  formatNames,
  parseFormats,
  renderReport,
  reportFileName,
  type FormatName,
} from "../formats.ts";
import {
  collectDimension,
  parseList,
  parseSeconds,
  parseThreads,
  wholeNumber,
} from "../option-values.ts";
import { writeWhole } from "../output-folder.ts";
import { journalFileName } from "../read-record.ts";
import { openRunFolder, removeIfEmpty } from "../run-folder.ts";
import { kernelTable, traceOf, type Profile } from "../trace.ts";

interface RunOptions extends SharedOptions {
  readonly backend?: string;
  readonly device?: readonly string[];
  readonly workload?: readonly string[];
  readonly threads?: readonly (number | "auto")[];
  readonly repeats?: number;
  readonly seed?: number;
  readonly model?: string;
  readonly dimension?: Readonly<Record<string, number>>;
  readonly quick?: true;
  readonly tuned?: string;
  readonly force?: true;
  readonly calibration?: string;
  readonly roofline: boolean;
  readonly timeout?: number;
  readonly out?: string;
  readonly trace?: string;
  readonly resume?: true;
  readonly format: readonly FormatName[];
}

/** Runs a suite; the record and its reports are written even when trials fail or the user stops the run. */
export const runCommand: CommandDefinition = {
  configure,
  async execute(context, command) {
    const options = command.opts<RunOptions>();
    const [name = ""] = command.processedArgs as readonly string[];
    const suite = withTimeout(await loadSuite(name), options.timeout);
    const pool = new DevicePool();
    try {
      const plan = await (options.tuned === undefined
        ? makePlan(suite, options, pool, context)
        : makeTunedPlan(suite, options, options.tuned, pool, context));
      const folder = await openRunFolder({
        suite: suite.name,
        isResumed: options.resume === true,
        workingFolder: context.workingFolder,
        today: context.today,
        ...(options.out === undefined ? {} : { out: options.out }),
      });
      try {
        const profiles: Profile[] = [];
        const record = await execute(plan, folder, options, pool, context, profiles);
        const files = await writeReports(record, folder, options.format);
        if (options.trace !== undefined) {
          const path = resolve(context.workingFolder, options.trace);
          await writeWhole(path, traceOf(record, profiles));
          files.push(path);
        }
        printRecord(record, files, options, context);
        if (options.trace !== undefined && options.json !== true) {
          context.stdout.write(kernelTable(record, profiles));
        }
        return exitCodeOfRun(record, context.signal);
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
    .option(
      "--backend <name,...>",
      "backends: names, packages, files, or all (default: the suite's)",
    )
    .option("--device <id,...>", "device ids as listed by `devices`, default, or all", parseList)
    .option("--workload <name,...>", "only these workloads of the suite", parseList)
    .option("--threads <n,...>", "engine threads, numbers or auto", parseThreads)
    .option("--repeats <n>", "fresh processes per configuration", wholeNumber("--repeats", 1))
    .option("--seed <n>", "base seed", wholeNumber("--seed", 0))
    .option("--model <file>", "model file for model workloads that name none")
    .option(
      "--dimension <name=size>",
      "size of a symbolic dimension of it; repeatable",
      collectDimension,
    )
    .option("--quick", "see that all works: fewer epochs and sizes, short sampling")
    .option("--tuned <file>", "run the configuration that `tune` wrote, and nothing else")
    .option("--force", "measure although other processes compute on a GPU of the run")
    .option(
      "--calibration <file>",
      `limits to state shares of (default: ${calibrationFile}, if there)`,
    )
    .option("--no-roofline", "do not measure a limit (2 s a device) where no calibration tells it")
    .option("--timeout <seconds>", "longest time for one trial", parseSeconds)
    .option(
      "--out <folder>",
      "folder for record and reports (default: fastgpu-results/<suite>-<time>)",
    )
    .option("--trace <file>", "write the kernels of each trial as a trace for Perfetto or Chrome")
    .option("--resume", "go on with the last run, or the one in --out; finished trials stay")
    .addOption(
      new Option("--format <name,...>", `reports to write: ${formatNames.join(", ")}`)
        .argParser(parseFormats)
        .default(["json", "html"] satisfies FormatName[], "json,html"),
    )
    .addHelpText(
      "after",
      examples(
        ["fastgpu-bench run quickstart", "train and measure a small model"],
        ["fastgpu-bench run cnn --threads 1,2 --repeats 3", "a matrix of trials"],
        ["fastgpu-bench run onnx-model --model net.onnx --dimension batch=8", "a model of yours"],
        ["fastgpu-bench run my-suite.json --out results --format json,md", "a suite of yours"],
        ["fastgpu-bench run quickstart --resume", "go on where the last run stopped"],
      ),
    );
}

async function makeTunedPlan(
  suite: Suite,
  options: RunOptions,
  path: string,
  pool: DevicePool,
  context: Context,
): Promise<Plan> {
  const chosen = (["backend", "device", "workload", "threads", "quick"] as const).find(
    (name) => options[name] !== undefined,
  );
  if (chosen !== undefined) {
    throw new UsageError(`--tuned: must be given without choices of its own, got --${chosen}`);
  }
  const { planTuned, readTunedFor, withTunedSettings } = await import("@fastgpu/study");
  const file = await readTunedFor(resolve(context.workingFolder, path), suite);
  const tuned = planTuned(suite, file);
  const plan = await makePlan(tuned.suite, options, pool, context, tuned.options);
  return withTunedSettings(plan, path, file);
}

function makePlan(
  suite: Suite,
  options: RunOptions,
  pool: DevicePool,
  context: Context,
  more: PlanOptions = {},
): Promise<Plan> {
  const { backend, device, workload, threads, repeats, seed, model, dimension, quick } = options;
  const planOptions: PlanOptions = {
    ...(backend === undefined ? {} : { backends: chooseBackends(backend, context.workingFolder) }),
    // Every backend means every engine of each, unless devices are named.
    ...(device === undefined
      ? backend === "all"
        ? { devices: ["all"] }
        : {}
      : { devices: device }),
    ...(workload === undefined ? {} : { workloads: workload }),
    ...(threads === undefined ? {} : { threads }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(seed === undefined ? {} : { seed }),
    ...(model === undefined ? {} : { modelPath: model }),
    ...(dimension === undefined ? {} : { dimensions: dimension }),
    ...(quick === undefined ? {} : { isQuick: quick }),
    ...more,
  };
  return planRun(suite, planOptions, async (name, wanted) => {
    // A suite may name a backend that is not installed; say so before a process is started.
    chooseBackends(name, context.workingFolder);
    return pool.devicesFor(name, wanted, context.signal);
  });
}

async function execute(
  plan: Plan,
  folder: string,
  options: RunOptions,
  pool: DevicePool,
  { stderr, environment, nowMs, signal, workingFolder }: Context,
  profiles: Profile[],
): Promise<RunRecord> {
  const calibration = await readCalibration(options.calibration, workingFolder);
  const style = terminalStyle(stderr, environment);
  const progress = createProgress(stderr, { ...style, now: nowMs });
  try {
    return await executeRun(plan, {
      pool,
      signal,
      onProgress: progress.listener,
      ...(options.trace === undefined
        ? {}
        : {
            onKernels: (trialId, kernels) => {
              profiles.push({ trialId, kernels });
            },
          }),
      journalPath: join(folder, journalFileName),
      resume: options.resume === true,
      isForced: options.force === true,
      hasRoofline: options.roofline,
      ...(calibration === undefined ? {} : { calibration }),
      isCalibrationOptional: options.calibration === undefined,
    });
  } finally {
    progress.close();
  }
}

async function writeReports(
  record: RunRecord,
  folder: string,
  formats: readonly FormatName[],
): Promise<string[]> {
  const files: string[] = [];
  for (const name of formats) {
    const path = resolve(folder, reportFileName(name));
    await writeWhole(path, await renderReport(name, record));
    files.push(path);
  }
  return files;
}

function printRecord(
  record: RunRecord,
  files: readonly string[],
  options: RunOptions,
  { stdout, environment }: Context,
): void {
  if (options.json === true) {
    stdout.write(renderJson(record));
    return;
  }
  stdout.write(renderTable(record, terminalStyle(stdout, environment)));
  if (files.length > 0) stdout.write(`\n${files.join("\n")}\n`);
}

/** Outcomes that say something broke, rather than that something cannot be done. */
const broken: readonly OutcomeState[] = [
  "crashed",
  "timeout",
  "out-of-memory",
  "failed",
  "incorrect",
];

function exitCodeOfRun({ trials }: RunRecord, signal: AbortSignal): ExitCode {
  if (signal.aborted) return exitCodes.interrupted;
  const states = trials.map(({ outcome }) => outcome.state);
  if (states.some((state) => broken.includes(state))) return exitCodes.crashed;
  return states.includes("ok") ? exitCodes.ok : exitCodes.nothingMeasured;
}

function withTimeout(suite: Suite, trialTimeoutMs: number | undefined): Suite {
  if (trialTimeoutMs === undefined) return suite;
  const workloads = suite.workloads.map((workload) => ({
    ...workload,
    sampling: { ...workload.sampling, trialTimeoutMs },
  }));
  return { ...suite, workloads };
}
