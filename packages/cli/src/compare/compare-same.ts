// `compare --aa`: the code compared with itself, many times, to know how often a verdict is wrong on this machine.
import { join } from "node:path";
import { executeComparison, openLocalSide } from "@fastgpu/bench";
import {
  comparisonSchema,
  reportFalseAlarms,
  type Comparison,
  type FalseAlarmReport,
} from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";
import type { Context } from "../context.ts";
import { openGate } from "../gate-options.ts";
import { planSide } from "../side-options.ts";
import type { CompareOptions } from "./compare-options.ts";
import { sameCodeJournal } from "./comparison-folder.ts";
import type { ComparisonProgress } from "./comparison-progress.ts";
import { withMargins } from "./with-margins.ts";

/** Everything about one call. */
export interface SameCodeComparison {
  readonly suite: string;
  readonly folder: string;
  readonly options: CompareOptions;
  readonly context: Context;
  readonly progress: ComparisonProgress;
}

/**
 * Compares a suite with itself; every verdict is measured from its first round to its last look. With `--resume` the
 * verdicts whose journals are there are judged again and not measured, and the one that was cut short goes on.
 */
export async function compareSame(request: SameCodeComparison): Promise<FalseAlarmReport> {
  const { suite, folder, options, context, progress } = request;
  const pool = new DevicePool();
  try {
    const plan = await planSide(suite, options, pool, context);
    const opened = await openLocalSide(plan, { pool, signal: context.signal });
    const side = withMargins(opened, options.margin);
    const { environment, fastgpu, benchmarks } = side.description;
    const configs = benchmarks.map(({ config }) => config);
    const { settings, noiseFloors, notices } = await openGate(
      options,
      environment,
      configs,
      context,
    );
    const same = { name: suite, fastgpu, fingerprint: environment.fingerprint };
    const startMs = context.nowMs();
    const comparisons: Comparison[] = [];
    for (let verdict = 0; verdict < options.verdicts && !context.signal.aborted; verdict += 1) {
      const leftMs = (options.budget ?? Infinity) - (context.nowMs() - startMs);
      if (leftMs <= 0) break;
      comparisons.push(
        await executeComparison({
          base: side,
          head: side,
          header: {
            schema: comparisonSchema,
            startedAt: new Date().toISOString(),
            suite: side.description.suite,
            design: "paired",
            base: same,
            head: same,
            environment,
            settings,
            notices,
          },
          noiseFloors,
          journalPath: join(folder, sameCodeJournal(verdict)),
          isResumed: options.resume === true,
          onEvent: progress.onEvent,
          signal: context.signal,
          budgetMs: leftMs,
          nowMs: context.nowMs,
        }),
      );
    }
    // A verdict that was cut short is none.
    return reportFalseAlarms(comparisons.filter(({ status }) => status === "complete"));
  } finally {
    await pool.close();
  }
}

/** The report in words. */
export function describeFalseAlarms(report: FalseAlarmReport): string {
  const { trials, falseAlarms, falseImprovements, undecided } = report;
  const { upperBound95 = 1, medianRounds = 0, medianDurationNs = 0 } = report;
  const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;
  const lines = report.verdicts
    .filter(({ verdict }) => verdict !== "PASS" && verdict !== "UNDECIDED")
    .map(({ verdict, key, reason }) => `${verdict} ${key}: ${reason}`);
  return [
    ...lines,
    `${trials} verdicts on identical code: ${falseAlarms} false alarms, ${falseImprovements} false improvements, ${undecided} undecided`,
    trials === 0
      ? "nothing was measured"
      : `false alarms ${percent(falseAlarms / trials)}, below ${percent(upperBound95)} with 95% confidence (Clopper-Pearson)`,
    `median ${medianRounds} rounds and ${(medianDurationNs / 1e9).toFixed(1)} s per verdict`,
  ].join("\n");
}
