// `compare`: two commits, two records, or the code with itself. It only wires; measuring is package bench, deciding
// package results, drawing package reporter.
import { join, resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import { renderComparison, terminalStyle } from "@fastgpu/reporter";
import { comparisonExitCode, type Comparison } from "@fastgpu/results";
import type { CommandDefinition } from "../command.ts";
import { compareCommits } from "../compare/compare-commits.ts";
import { addCompareOptions, type CompareOptions } from "../compare/compare-options.ts";
import { compareSame, describeFalseAlarms } from "../compare/compare-same.ts";
import { compareStored } from "../compare/compare-stored.ts";
import { openComparisonFolder } from "../compare/comparison-folder.ts";
import { createComparisonProgress } from "../compare/comparison-progress.ts";
import { comparisonFileName, renderComparisonReport } from "../comparison-formats.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import { prepareFolder, writeWhole } from "../output-folder.ts";
import { printResult } from "../output.ts";
import { removeIfEmpty } from "../run-folder.ts";

/** Judges whether head is slower than base. */
export const compareCommand: CommandDefinition = {
  configure: addCompareOptions,
  async execute(context, command) {
    const options = command.opts<CompareOptions>();
    const [inputs = []] = command.processedArgs as readonly (readonly string[])[];
    const form = formOf(inputs, options);
    if (form.kind === "records") {
      const comparison = await compareStored(form.base, form.head, options, context);
      const { out } = options;
      const folder = out === undefined ? undefined : resolve(context.workingFolder, out);
      if (folder !== undefined) await prepareFolder(folder);
      return finish(comparison, folder, options, context);
    }
    const folder = await openComparisonFolder({
      form: form.kind,
      suite: form.suite,
      out: options.out,
      isResumed: options.resume === true,
      workingFolder: context.workingFolder,
      today: context.today,
    });
    const progress = createComparisonProgress(context);
    try {
      const request = { suite: form.suite, folder, options, context, progress };
      if (form.kind === "commits") {
        return await compareCommits({
          ...request,
          base: form.base,
          finish: (comparison) => {
            progress.close();
            return finish(comparison, folder, options, context);
          },
        });
      }
      const report = await compareSame(request);
      progress.close();
      await writeWhole(join(folder, "same-code.json"), `${JSON.stringify(report)}\n`);
      printResult(context, options, {
        json: () => report,
        text: () => describeFalseAlarms(report),
      });
      if (context.signal.aborted) return exitCodes.interrupted;
      return report.trials === 0 ? exitCodes.nothingMeasured : exitCodes.ok;
    } finally {
      progress.close();
      await removeIfEmpty(folder);
    }
  },
};

type Form =
  | { readonly kind: "records"; readonly base: string; readonly head: string }
  | { readonly kind: "commits"; readonly suite: string; readonly base: string }
  | { readonly kind: "same"; readonly suite: string };

/** @throws {UsageError} for options and arguments that do not fit together */
function formOf(inputs: readonly string[], { base, head, aa, resume }: CompareOptions): Form {
  const [first = "", second, third] = inputs;
  const refuse = (rule: string): UsageError =>
    new UsageError(`compare: ${rule}; see fastgpu-bench compare --help`);
  if (base !== undefined && aa === true) throw refuse("must have --base or --aa, got both");
  if (head !== undefined && base === undefined) {
    throw refuse("--head must come with --base, got it alone");
  }
  if (base !== undefined || aa === true) {
    if (second !== undefined) throw refuse(`must have one suite, got ${inputs.join(" ")}`);
    return base === undefined
      ? { kind: "same", suite: first }
      : { kind: "commits", suite: first, base };
  }
  if (second === undefined) {
    throw refuse(`must have two records, --base <ref> or --aa, got ${first} alone`);
  }
  if (third !== undefined) throw refuse(`must have two records, got ${inputs.length} files`);
  if (resume === true) throw refuse("--resume must come with --base or --aa, got two records");
  return { kind: "records", base: first, head: second };
}

/** Writes the reports, prints the answer. */
async function finish(
  comparison: Comparison,
  folder: string | undefined,
  options: CompareOptions,
  context: Context,
): Promise<ExitCode> {
  const files: string[] = [];
  if (folder !== undefined) {
    for (const name of options.format) {
      const path = join(folder, comparisonFileName(name));
      await writeWhole(path, await renderComparisonReport(name, comparison));
      files.push(path);
    }
  }
  const { stdout, environment } = context;
  printResult(context, options, {
    json: () => comparison,
    text: () =>
      `${renderComparison(comparison, terminalStyle(stdout, environment))}${files.map((file) => `\n${file}`).join("")}`,
  });
  if (context.signal.aborted) return exitCodes.interrupted;
  return comparisonExitCode(comparison, { isStrict: options.strict === true });
}
