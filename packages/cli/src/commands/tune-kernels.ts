// `tune-kernels`: the sizes of a backend's kernels for the products and convolutions of a suite, measured on one device and
// stored for later compilations. The search runs next to the engine; this only wires and prints.
import Table from "cli-table3";
import type { Command } from "commander";
import { loadSuite, shippedSuites } from "@fastgpu/bench";
import { UsageError } from "@fastgpu/core";
import { terminalStyle } from "@fastgpu/reporter";
import { DevicePool } from "@fastgpu/runtime";
import { strategyNames } from "@fastgpu/tuner";
import { chooseBackends } from "../backends.ts";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { createCounter } from "../counter.ts";
import { exitCodes } from "../exit-code.ts";
import {
  tuneKernelsJob,
  type TuneKernelsArgument,
  type TunedKernel,
} from "../jobs/tune-kernels.ts";
import { parseEngineSettings, wholeNumber } from "../option-values.ts";
import { printResult } from "../output.ts";
import { suiteGraphs } from "../suite-graphs.ts";

interface TuneKernelsOptions extends SharedOptions {
  readonly backend: string;
  readonly device: string;
  readonly engine?: ReturnType<typeof parseEngineSettings>;
  readonly workload?: string;
  readonly trials: number;
  readonly budget: number;
  readonly strategy: string;
  readonly seed: number;
}

/** Searches the sizes of every kernel of a suite's programs. */
export const tuneKernelsCommand: CommandDefinition = {
  configure,
  async execute(context, command) {
    const options = command.opts<TuneKernelsOptions>();
    const [name = ""] = command.processedArgs as readonly string[];
    if (!strategyNames.includes(options.strategy)) {
      throw new UsageError(
        `--strategy: must be one of ${strategyNames.join(", ")}, got ${options.strategy}`,
      );
    }
    const [backend = "", second] = chooseBackends(options.backend, context.workingFolder);
    if (second !== undefined) {
      throw new UsageError(`--backend: must be one backend, got ${options.backend}; name one`);
    }
    const suite = await loadSuite(name);
    const graphs = suiteGraphs(suite, options.workload);
    if (graphs.length === 0) {
      const names = [...new Set(suite.workloads.map((workload) => workload.name))].join(", ");
      throw new UsageError(
        `--workload: must have a program of its own, got ${options.workload ?? "none in the suite"}; workloads are ${names}`,
      );
    }
    const { trials, budget: budgetMs, strategy, seed } = options;
    const kernels = await tune(
      backend,
      { graphs, trials, budgetMs, strategy, seed },
      options,
      context,
    );
    printResult(context, options, {
      json: () => ({ backend, device: options.device, suite: suite.name, kernels }),
      text: () => tableOf(kernels),
    });
    return exitCodes.ok;
  },
};

function configure(command: Command): void {
  command
    .argument("<suite>", `${shippedSuites.join(", ")}, or the path of a suite file`)
    .option("--workload <name>", "only this workload of the suite")
    .option(
      "--backend <name>",
      "backend whose kernels are tuned: a name, a package or a file",
      "webgpu",
    )
    .option("--device <id>", "device id as listed by `devices`", "default")
    .option(
      "--engine <name=value,...>",
      "engine settings to tune under, such as arithmetic=f16",
      parseEngineSettings,
    )
    .option(
      "--trials <n>",
      "choices measured for one kernel at most",
      wholeNumber("--trials", 1),
      40,
    )
    .option("--budget <ms>", "time to measure one choice", wholeNumber("--budget", 1), 100)
    .option("--strategy <name>", strategyNames.join(", "), strategyNames[0])
    .option("--seed <n>", "seed of the search", wholeNumber("--seed", 0), 0)
    .addHelpText(
      "after",
      examples(
        ["fastgpu-bench tune-kernels gemm", "products of the shipped suite"],
        ["fastgpu-bench tune-kernels cnn --trials 20", "a network's training step, fewer choices"],
        ["fastgpu-bench tune-kernels gemm --strategy exhaustive --trials 500", "every choice"],
      ),
    );
}

async function tune(
  backend: string,
  argument: TuneKernelsArgument,
  { device: id, engine }: TuneKernelsOptions,
  { signal, stderr, environment }: Context,
): Promise<readonly TunedKernel[]> {
  const pool = new DevicePool();
  const counter = createCounter(stderr, terminalStyle(stderr, environment));
  try {
    const settings = engine === undefined ? {} : { engine };
    const device = await pool.openDevice({ backend, device: id, options: settings, signal });
    return await device.runJob<readonly TunedKernel[]>(tuneKernelsJob, argument, {
      signal,
      onEvent: (event) => {
        counter.advance(lineOf(event as TunedKernel));
      },
    });
  } finally {
    counter.close();
    await pool.close();
  }
}

function lineOf({ name, defaultNs, bestNs, measured }: TunedKernel): string {
  return `${name}: ${milliseconds(defaultNs)} -> ${milliseconds(bestNs)} after ${String(measured)} choices`;
}

function tableOf(kernels: readonly TunedKernel[]): string {
  if (kernels.length === 0) return "no kernel of these programs has more than one choice";
  const table = new Table({
    head: ["kernel", "problem", "measured", "own ms", "best ms", "gain", "choice"],
    style: { head: [], border: [] },
  });
  for (const kernel of kernels) {
    const { name, key, choices, measured, failed, defaultNs, bestNs, choice, isKept } = kernel;
    table.push([
      name,
      problemOf(key),
      `${String(measured)} of ${String(choices)}${failed > 0 ? `, ${String(failed)} failed` : ""}`,
      milliseconds(defaultNs),
      milliseconds(bestNs),
      isKept ? `${(defaultNs / bestNs).toFixed(2)}x` : "its own stays",
      Object.entries(choice)
        .map(([size, value]) => `${size} ${String(value)}`)
        .join(", "),
    ]);
  }
  return table.toString();
}

function milliseconds(durationNs: number): string {
  return (durationNs / 1e6).toFixed(3);
}

/** The sizes in a key: whole numbers of the problem, in their order. */
function problemOf(key: string): string {
  const numbers =
    key.match(/"(m|n|k|batch|channels|filters|groups|input|window|stride)":\d+/g) ?? [];
  return numbers.slice(0, 6).join(" ").replaceAll('"', "");
}
