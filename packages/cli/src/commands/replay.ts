// `replay`: runs a search strategy against a space that was measured exhaustively, so that its quality is known
// without a device.
import { setImmediate } from "node:timers/promises";
import { resolve } from "node:path";
import Table from "cli-table3";
import { UsageError } from "@fastgpu/core";
import {
  permuteValues,
  prepareReplay,
  Random,
  replayOnce,
  spaceStatistics,
  strategyNames,
  summarizeReplay,
  type Protocol,
  type ReplayRun,
  type ReplaySummary,
} from "@fastgpu/tuner";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { wholeNumber } from "../option-values.ts";
import { printResult } from "../output.ts";
import { readRecordedSpace } from "../recorded-file.ts";
import { didYouMean } from "../suggest.ts";

interface ReplayCommandOptions extends SharedOptions {
  readonly strategy: string;
  readonly budget?: number;
  readonly repeats: number;
  readonly seed: number;
  readonly protocol: Protocol;
  readonly permute?: true;
}

/** Replays a strategy and prints how near the optimum it gets, with random search beside it. */
export const replayCommand: CommandDefinition = {
  configure(command) {
    command
      .argument(
        "<space>",
        "a Kernel Tuner cache (.json or .json.gz) or a journal (study.jsonl) of an exhaustive search",
      )
      .option("--strategy <name>", strategyNames.join(", "), parseStrategy, strategyNames[0])
      .option(
        "--budget <n>",
        "evaluations per run; by default those that random search needs to come 95% of the way from the median to the optimum",
        wholeNumber("--budget", 1),
      )
      .option("--repeats <r>", "runs with different seeds", wholeNumber("--repeats", 1), 20)
      .option("--seed <k>", "seed of the first run; the others follow", wholeNumber("--seed", 0), 0)
      .option(
        "--protocol <name>",
        "valid: restrictions are known, only recorded configurations are proposed; cartesian: any combination, a missing one costs an evaluation",
        parseProtocol,
        "valid",
      )
      .option(
        "--permute",
        "deal the times anew among the configurations for each run: the score must be about 0",
      )
      .addHelpText(
        "after",
        examples(
          ["fastgpu-bench replay A100.json.gz", "the default strategy, 20 runs"],
          ["fastgpu-bench replay gemm.json --strategy tpe --budget 200", "another one"],
          [
            "fastgpu-bench replay gemm.json --protocol cartesian --json",
            "as published comparisons do it",
          ],
        ),
      );
  },
  async execute(context, command) {
    const options = command.opts<ReplayCommandOptions>();
    const [path = ""] = command.processedArgs as readonly string[];
    const summary = await replay(context, resolve(context.workingFolder, path), options);
    if (summary === undefined) return exitCodes.interrupted;
    printResult(context, options, { json: () => summary, text: () => summaryText(summary) });
    return exitCodes.ok;
  },
};

// Undefined when Ctrl-C came before the first run was over; otherwise what was finished is summed up.
async function replay(
  context: Context,
  path: string,
  options: ReplayCommandOptions,
): Promise<ReplaySummary | undefined> {
  const recorded = await readRecordedSpace(path);
  const { strategy, protocol, repeats, seed } = options;
  const prepared = prepareReplay(recorded, protocol);
  const budget = options.budget ?? spaceStatistics(prepared.values).budget;
  const nowNs = (): number => context.nowMs() * 1e6;
  const runs: ReplayRun[] = [];
  for (let run = 0; run < repeats && !context.signal.aborted; run++) {
    const space =
      options.permute === true
        ? prepareReplay(permuteValues(recorded, Random.of(seed + run)), protocol)
        : prepared;
    runs.push(replayOnce(space, { strategy, budget, seed: seed + run, nowNs }));
    context.stderr.write(`run ${run + 1} of ${repeats}\n`);
    // A run blocks this thread; Ctrl-C is heard between two.
    await setImmediate();
  }
  return runs.length === 0 ? undefined : summarizeReplay(prepared, strategy, runs);
}

function summaryText(summary: ReplaySummary): string {
  const { space, strategy, protocol, valid, combinations, repeats } = summary;
  const table = new Table({
    head: ["evaluations", strategy, "random"],
    colAligns: ["right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { evaluations, fraction, randomFraction } of summary.milestones) {
    table.push([`${evaluations}`, fraction.toFixed(3), randomFraction.toFixed(3)]);
  }
  const known =
    protocol === "valid"
      ? "valid (restrictions known: only recorded configurations are proposed)"
      : `cartesian (restrictions unknown: any of ${combinations} combinations, a missing one costs an evaluation)`;
  const scored = Math.min(summary.budget, summary.methodologyBudget);
  return [
    `${space}: ${summary.configurations} configurations, ${valid} valid, optimum ${summary.optimum}; ${repeats} runs`,
    `protocol: ${known}`,
    "best so far as a fraction of the optimum (1 = optimum):",
    table.toString(),
    `score ${summary.score.toFixed(3)} +- ${summary.scoreError.toFixed(3)} over ${scored} evaluations (random = 0, optimum at once = 1; Willemsen et al. 2024, cutoff 0.95, budget ${summary.methodologyBudget})`,
    `score against the exact expected minimum of random search: ${summary.exactScore.toFixed(3)}`,
    `optimum found in ${(100 * summary.foundOptimum).toFixed(0)}% of the runs; ${summary.invalid.toFixed(1)} evaluations without a result per run`,
    `a proposal takes ${summary.proposalMs.mean.toFixed(2)} ms on average, ${summary.proposalMs.median.toFixed(2)} ms in the median, ${summary.proposalMs.largest.toFixed(0)} ms at most`,
  ].join("\n");
}

function parseStrategy(given: string): string {
  if (strategyNames.includes(given)) return given;
  const names = strategyNames.join(", ");
  throw new UsageError(
    `--strategy: must be one of ${names}, got "${given}"${didYouMean(given, strategyNames)}`,
  );
}

function parseProtocol(given: string): Protocol {
  if (given === "valid" || given === "cartesian") return given;
  throw new UsageError(`--protocol: must be valid or cartesian, got "${given}"`);
}
