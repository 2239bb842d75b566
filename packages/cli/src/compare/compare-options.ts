// The options of `compare`, for all three of its forms.
import { Option, type Command } from "commander";
import { UsageError } from "@fastgpu/core";
import type { ComparisonSettings, Margins } from "@fastgpu/results";
import { examples, type SharedOptions } from "../command.ts";
import {
  comparisonFormats,
  parseComparisonFormats,
  type ComparisonFormat,
} from "../comparison-formats.ts";
import { collectMargin, counterModes, parseCounterMode } from "../gate-options.ts";
import { wholeNumber } from "../option-values.ts";
import { addSideOptions, type SideOptions } from "../side-options.ts";

/** As the parser gives them. */
export interface CompareOptions extends SideOptions, SharedOptions {
  readonly base?: string;
  readonly head?: string;
  readonly aa?: true;
  readonly verdicts: number;
  readonly margin?: Margins;
  readonly counters?: ComparisonSettings["counters"];
  readonly calibration?: string;
  readonly strict?: true;
  readonly install?: string;
  readonly build?: string;
  readonly allowSuiteChange?: true;
  readonly budget?: number;
  readonly resume?: true;
  readonly out?: string;
  readonly format: readonly ComparisonFormat[];
}

/** Adds arguments, options and examples. */
export function addCompareOptions(command: Command): void {
  command
    .argument("<input...>", "a suite with --base or --aa; else two records: base.json head.json")
    .option("--base <ref>", "compare commits: the merge base of this ref and head is the base")
    .option("--head <ref>", "commit to judge (default: HEAD, which must be clean)")
    .option("--aa", "compare the code with itself: the rate of false alarms on this machine")
    .option("--verdicts <n>", "verdicts per benchmark for --aa", wholeNumber("--verdicts", 1), 10)
    .option(
      "--margin <metric=share>",
      "margin over the suite's, as in p95=15%, or off; repeatable",
      collectMargin,
    )
    .option("--counters <mode>", `${counterModes.join(", ")} (default: gate)`, parseCounterMode)
    .option(
      "--calibration <file>",
      "noise floors of this machine (default: those that `calibrate` wrote here)",
    )
    .option("--strict", "exit 4 when a benchmark is undecided")
    .option("--install <command>", "installs a checkout (default: by its lock file)")
    .option("--build <command>", "builds a checkout (default: its script build)")
    .option("--allow-suite-change", "compare benchmarks that are defined differently")
    .option("--budget <seconds>", "start no round after this time", parseBudget);
  addSideOptions(command)
    .option(
      "--out <folder>",
      "folder for reports (default: fastgpu-results/compare-<suite>-<time>)",
    )
    .option("--resume", "go on with the last comparison, or the one in --out")
    .addOption(
      new Option("--format <name,...>", `reports to write: ${comparisonFormats.join(", ")}`)
        .argParser(parseComparisonFormats)
        .default(["json", "html", "md"] satisfies ComparisonFormat[], "json,html,md"),
    )
    .addHelpText(
      "after",
      examples(
        ["fastgpu-bench compare --base main suite.json", "is HEAD slower than where it left main?"],
        ["fastgpu-bench compare --base v1 --head v2 gemm", "two tags of this repository"],
        ["fastgpu-bench compare base.json head.json", "two records of one machine, unpaired"],
        [
          "fastgpu-bench compare --counters only --base main suite.json",
          "no clock: works anywhere",
        ],
        [
          "fastgpu-bench compare --aa suite.json --verdicts 20",
          "how often is the verdict wrong here?",
        ],
      ),
    )
    .addHelpText(
      "after",
      `
Exit codes:
  0  pass, improved or undecided   3  not comparable, or nothing was measured
  1  a benchmark regressed         4  undecided, with --strict
  2  usage, or missing in head     5  a benchmark crashed in head`,
    );
}

/**
 * Seconds as milliseconds.
 *
 * @throws {UsageError} unless above 0 and at most a week
 */
function parseBudget(given: string): number {
  const seconds = Number(given);
  if (given.trim() !== "" && seconds > 0 && seconds <= 604_800) return Math.ceil(seconds * 1000);
  throw new UsageError(`--budget: must be seconds above 0 and at most 604800, got "${given}"`);
}
