// `conformance`: every shared case on one device, in a process of its own, against the float64 reference.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { createColors } from "picocolors";
import {
  conformanceCases,
  onnxCasesJob,
  runConformance,
  type CaseOutcome,
  type ConformanceReport,
  type OnnxCasesArgument,
  type Skip,
} from "@fastgpu/conformance";
import { UsageError } from "@fastgpu/core";
import { terminalStyle } from "@fastgpu/reporter";
import { DevicePool, type RemoteDevice } from "@fastgpu/runtime";
import { chooseBackends } from "../backends.ts";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { createCounter } from "../counter.ts";
import { exitCodes } from "../exit-code.ts";
import { parseShard, wholeNumber, type Shard } from "../option-values.ts";
import { printResult } from "../output.ts";
import { didYouMean } from "../suggest.ts";

interface ConformanceOptions extends SharedOptions {
  readonly backend: string;
  readonly device: string;
  readonly filter?: string;
  readonly shard?: Shard;
  readonly onnxCases?: string;
  readonly skips?: string;
  readonly threads?: number;
}

/** Exit 1 when a case fails: the device computes something else than the reference. */
export const conformanceCommand: CommandDefinition = {
  configure,
  async execute(context, command) {
    const options = command.opts<ConformanceOptions>();
    const [backend = "", second] = chooseBackends(options.backend, context.workingFolder);
    if (second !== undefined) {
      throw new UsageError(`--backend: must be one backend, got ${options.backend}; name one`);
    }
    const skips = options.skips === undefined ? [] : await readSkips(options.skips, context);
    const run =
      options.onnxCases === undefined
        ? sharedCases(options.filter, skips, options.shard)
        : officialCases(resolve(context.workingFolder, options.onnxCases), options.filter, skips);
    const report = await check(backend, run, options, context);
    printResult(context, options, {
      json: () => ({ backend, device: options.device, ...report }),
      text: () => summary(report, context),
    });
    return report.failed > 0 ? exitCodes.disagreed : exitCodes.ok;
  },
};

function configure(command: Command): void {
  command
    .option("--backend <name>", "backend to check: a name, a package or a file", "onnx")
    .option("--device <id>", "device id as listed by `devices`", "default")
    .option("--filter <text>", "only cases whose name contains the text")
    .option(
      "--shard <i/n>",
      "only every n-th case, from the i-th on: for several processes",
      parseShard,
    )
    .option("--onnx-cases <folder>", "official ONNX cases (model.onnx, test_data_set_*) instead")
    .option("--skips <file>", "JSON list of { reason, cases }: cases that are known to fail")
    .option("--threads <n>", "engine threads", wholeNumber("--threads", 1))
    .addHelpText(
      "after",
      examples(
        ["fastgpu-bench conformance", "all cases on the first device of onnx"],
        ["fastgpu-bench conformance --filter op/conv --json", "some cases, for scripts"],
        ["fastgpu-bench conformance --onnx-cases onnx/backend/test/data/node", "official cases"],
        ["fastgpu-bench conformance --backend ./my-backend.js", "a backend of yours"],
      ),
    );
}

/** Cases that were chosen: how many, where known, and how to run them on an open device. */
interface ChosenCases {
  readonly count?: number;
  readonly run: (device: RemoteDevice, watch: Watch) => Promise<ConformanceReport>;
}

interface Watch {
  readonly signal: AbortSignal;
  readonly onCase: (outcome: CaseOutcome) => void;
}

/** The cases of all backends; a text that no name contains is a mistake. */
function sharedCases(
  filter: string | undefined,
  skips: readonly Skip[],
  { index, count }: Shard = { index: 1, count: 1 },
): ChosenCases {
  const names = conformanceCases().map(({ name }) => name);
  const chosen = new Set(
    names
      .filter((name) => filter === undefined || name.includes(filter))
      .filter((_, i) => i % count === index - 1),
  );
  if (chosen.size > 0) {
    const run: ChosenCases["run"] = (device, watch) =>
      runConformance(device, { ...watch, skips, filter: (name) => chosen.has(name) });
    return { count: chosen.size, run };
  }
  const groups = [...new Set(names.map((name) => name.split("/")[0] ?? name))];
  throw new UsageError(
    `--filter: a case must contain the text, got "${filter ?? ""}"; groups are ${groups.join(", ")}${didYouMean(filter ?? "", groups)}`,
  );
}

/** Official ONNX cases of a folder, through the backend's own way of opening model files, inside its process. */
function officialCases(
  folder: string,
  filter: string | undefined,
  skips: readonly Skip[],
): ChosenCases {
  const argument: OnnxCasesArgument = {
    folder,
    skips,
    ...(filter === undefined ? {} : { filter }),
  };
  return {
    run: async (device, { signal, onCase }) => {
      const report = await device.runJob<ConformanceReport>(onnxCasesJob, argument, {
        signal,
        onEvent: (event) => {
          onCase(event as CaseOutcome);
        },
      });
      if (report.cases.length > 0) return report;
      throw new UsageError(
        `--filter: a case must contain the text, got "${filter ?? ""}" and no such case in ${folder}`,
      );
    },
  };
}

async function readSkips(path: string, { workingFolder }: Context): Promise<readonly Skip[]> {
  const text = await readFile(resolve(workingFolder, path), "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${path}: must be JSON, got ${error.message}`, { cause: error });
  }
  if (Array.isArray(value) && value.every(isSkip)) return value;
  throw new UsageError(
    `${path}: must be a list of { "reason": text, "cases": [names] }, got something else`,
  );
}

function isSkip(value: unknown): value is Skip {
  if (typeof value !== "object" || value === null) return false;
  const { reason, cases } = value as Readonly<Record<string, unknown>>;
  const areNames = Array.isArray(cases) && cases.every((name) => typeof name === "string");
  return typeof reason === "string" && reason !== "" && areNames;
}

async function check(
  backend: string,
  { count, run }: ChosenCases,
  options: ConformanceOptions,
  { stderr, environment, signal }: Context,
): Promise<ConformanceReport> {
  const pool = new DevicePool();
  const counter = createCounter(stderr, terminalStyle(stderr, environment), count);
  try {
    const device = await pool.openDevice({
      backend,
      device: options.device,
      options: options.threads === undefined ? {} : { threads: options.threads },
      signal,
    });
    return await run(device, {
      signal,
      onCase: (outcome) => {
        counter.advance(outcome.status === "failed" ? failureLine(outcome) : undefined);
      },
    });
  } finally {
    counter.close();
    await pool.close();
  }
}

function failureLine({ name, reason = "" }: CaseOutcome): string {
  return `failed ${name}: ${reason}`;
}

function summary(report: ConformanceReport, { stdout, environment }: Context): string {
  const colors = createColors(terminalStyle(stdout, environment).color);
  const failures = report.cases.filter(({ status }) => status === "failed");
  const reasons = new Map<string, number>();
  for (const { status, reason = "" } of report.cases) {
    if (status === "skipped") reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const counts = `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`;
  return [
    ...failures.map((outcome) => colors.red(failureLine(outcome))),
    ...[...reasons].map(([reason, count]) => colors.yellow(`skipped ${count}: ${reason}`)),
    report.failed === 0 ? colors.green(counts) : colors.red(counts),
  ].join("\n");
}
