// `calibrate`: what this machine can do and how well it can be measured, written to a file that `run` and `compare` read.
import { resolve, dirname } from "node:path";
import type { Command } from "commander";
import {
  calibrate,
  loadSuite,
  planRun,
  type LimitPrecision,
  type PlanOptions,
} from "@fastgpu/bench";
import { renderCalibration, terminalStyle } from "@fastgpu/reporter";
import { UsageError } from "@fastgpu/core";
import { DevicePool } from "@fastgpu/runtime";
import { chooseBackends } from "../backends.ts";
import { calibrationFile } from "../calibration-file.ts";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { parseList, parseThreads, wholeNumber } from "../option-values.ts";
import { prepareFolder, writeWhole } from "../output-folder.ts";
import { printResult } from "../output.ts";

const precisions: readonly LimitPrecision[] = ["f32", "f16"];

interface CalibrateOptions extends SharedOptions {
  readonly backend?: string;
  readonly device?: readonly string[];
  readonly threads?: readonly (number | "auto")[];
  readonly precision: readonly LimitPrecision[];
  readonly pairs: number;
  readonly suite: string;
  readonly workload?: readonly string[];
  readonly out: string;
  readonly force?: true;
}

/** Calibrates and writes the file whole; nothing is written when it fails. */
export const calibrateCommand: CommandDefinition = {
  configure,
  async execute(context, command) {
    const options = command.opts<CalibrateOptions>();
    if (options.pairs === 1) {
      throw new UsageError(
        "--pairs: must be 0 or at least 2, got 1; noise has no size in one pair",
      );
    }
    const path = resolve(context.workingFolder, options.out);
    const suite = await loadSuite(options.suite);
    const pool = new DevicePool();
    try {
      const plan = await planRun(suite, planOptions(options, context), async (name, wanted) => {
        chooseBackends(name, context.workingFolder);
        return pool.devicesFor(name, wanted, context.signal);
      });
      await prepareFolder(dirname(path));
      const calibration = await calibrate(plan, {
        pool,
        precisions: options.precision,
        pairs: options.pairs,
        isForced: options.force === true,
        signal: context.signal,
        onStep: (line) => context.stderr.write(`${line}\n`),
      });
      if (context.signal.aborted) return exitCodes.interrupted;
      await writeWhole(path, `${JSON.stringify(calibration, undefined, 1)}\n`);
      const style = terminalStyle(context.stdout, context.environment);
      printResult(context, options, {
        json: () => calibration,
        text: () => `${renderCalibration(calibration, style)}\n${path}`,
      });
      return exitCodes.ok;
    } finally {
      await pool.close();
    }
  },
};

function configure(command: Command): void {
  command
    .option("--backend <name,...>", "backends: names, packages, files, or all (default: onnx)")
    .option("--device <id,...>", "device ids as listed by `devices`, default, or all", parseList)
    .option("--threads <n,...>", "engine threads, numbers or auto", parseThreads)
    .option("--precision <name,...>", "f32, f16", parsePrecisions, precisions)
    .option(
      "--pairs <n>",
      "pairs of fresh processes for the noise, 0 = none",
      wholeNumber("--pairs", 0),
      10,
    )
    .option("--suite <suite>", "whose timed workloads the noise is measured on", "noise")
    .option("--workload <name,...>", "only these workloads of it", parseList)
    .option("--out <file>", "the file to write", calibrationFile)
    .option("--force", "measure although other processes compute on a GPU")
    .addHelpText(
      "after",
      examples(
        ["fastgpu-bench calibrate", "limits and noise of the default device, about two minutes"],
        ["fastgpu-bench calibrate --backend all --pairs 0", "limits alone, of every backend"],
        ["fastgpu-bench calibrate --suite my-suite.json --pairs 20", "noise of your own workloads"],
      ),
    );
}

function planOptions(options: CalibrateOptions, { workingFolder }: Context): PlanOptions {
  const { backend, device, threads, workload } = options;
  return {
    ...(backend === undefined ? {} : { backends: chooseBackends(backend, workingFolder) }),
    ...(device === undefined ? {} : { devices: device }),
    ...(threads === undefined ? {} : { threads }),
    ...(workload === undefined ? {} : { workloads: workload }),
  };
}

function parsePrecisions(given: string): readonly LimitPrecision[] {
  return parseList(given).map((name) => {
    const known = precisions.find((precision) => precision === name);
    if (known !== undefined) return known;
    throw new UsageError(`--precision: must be one or more of f32, f16, got "${name}"`);
  });
}
