// The result of a study in the terminal: the best configurations, what the proof says of them, what stood in the way.
import type { StudyContender, StudyReport, StudyTrialReport } from "@fastgpu/results";
import Table from "cli-table3";
import { createColors } from "picocolors";
import { formatDuration } from "../format.ts";
import { plainText } from "../safe-text.ts";
import type { TableStyle } from "../table.ts";
import {
  describeChange,
  describeConfiguration,
  describeTrial,
  formatGain,
  formatValue,
} from "./study-text.ts";

const shownTrials = 8;
const shownReasons = 6;

/** The study as text. */
export function renderStudy(report: StudyReport, style: TableStyle): string {
  const colors = createColors(style.color);
  const { workload, objectives, best } = report;
  const goal = objectives.map(({ metric, direction }) => `${direction} ${metric}`).join(", ");
  const title = `${colors.bold(`${plainText(workload.name)}  ${workload.kind}`)}  ${colors.dim(goal)}`;
  const parts = [
    ...(best === undefined ? [] : [`${title}\n${trialTable(report, style)}`]),
    ...(report.reasons.length === 0 ? [] : [reasonsText(report)]),
    costText(report),
    verdictText(report, style),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** What the study comes to, in one or two lines. */
export function verdictText(report: StudyReport, style: Pick<TableStyle, "color">): string {
  const colors = createColors(style.color);
  const { proof, best, trials, baseline } = report;
  if (best === undefined) {
    const reasons = report.reasons.map(({ reason, trials: count }) => `${count} ${reason}`);
    return colors.red(
      `no configuration is an answer: of ${trials.length} trials ${plainText(reasons.join(", "))}`,
    );
  }
  const winner = proof?.contenders.find(({ trial }) => trial === proof.winner);
  if (proof !== undefined && winner !== undefined) {
    const gains = gainTexts(report, winner).join(", ");
    const change = describeChange(winner.configuration, baseline);
    return colors.green(`tuned vs default ${gains}, ${winner.rounds} paired rounds\n${change}`);
  }
  const change = describeChange(
    trials.find(({ number }) => number === best)?.configuration ?? {},
    baseline,
  );
  if (proof?.isDefaultBroken === true) {
    return colors.yellow(
      `best so far, not proven: ${change}\nthe default configuration broke round after round, so there was nothing to hold it against`,
    );
  }
  if (proof !== undefined) {
    const closest = proof.contenders.map((one) => gainTexts(report, one)[0] ?? "").slice(0, 1);
    return colors.yellow(
      `keep the default: nothing is sure to beat it (best contender ${closest.join("")}, ${proof.rounds} paired rounds)`,
    );
  }
  return colors.yellow(`best so far, not proven: ${change}`);
}

function gainTexts({ objectives, proof }: StudyReport, { gains }: StudyContender): string[] {
  const level = `${((proof?.confidence ?? 0) * 100).toFixed(1)}%`;
  return gains.map(({ metric, estimate, low, high }) => {
    const interval =
      low === undefined || high === undefined
        ? "too few rounds for an interval"
        : `${formatGain(low)} to ${formatGain(high)} at ${level}`;
    const name = objectives.length === 1 ? metric : `in ${metric}`;
    return `${formatGain(estimate)} ${name} [${interval}]`;
  });
}

function trialTable(report: StudyReport, { color }: TableStyle): string {
  const rows = shownRows(report);
  const metrics = [...report.objectives, ...report.bounds].filter(
    ({ metric }, at, all) => all.findIndex((other) => other.metric === metric) === at,
  );
  const table = new Table({
    head: ["trial", "configuration", ...metrics.map(({ metric }) => metric), "processes"],
    colAligns: ["right", "left", ...metrics.map(() => "right" as const), "right"],
    style: { head: color ? ["cyan"] : [], border: color ? ["gray"] : [], compact: true },
  });
  for (const trial of rows) {
    const values = metrics.map(({ metric, unit }) => {
      const estimate = trial.values?.[metric];
      return estimate === undefined ? "" : formatValue(estimate.value, unit);
    });
    const name = trial.origin === "baseline" ? "default: " : "";
    const text = `${name}${describeConfiguration(trial.configuration)}`;
    table.push([trial.number + 1, text, ...values, trial.processes]);
  }
  return table.toString();
}

/** The default, and the best: of the front if there are several objectives. */
function shownRows({ trials, front, objectives }: StudyReport): readonly StudyTrialReport[] {
  const [objective] = objectives;
  const isAnswer = (trial: StudyTrialReport): boolean =>
    trial.origin !== "baseline" && trial.values !== undefined && trial.reason === undefined;
  const sign = objective?.direction === "maximize" ? -1 : 1;
  const cost = (trial: StudyTrialReport): number =>
    sign * (trial.values?.[objective?.metric ?? ""]?.value ?? NaN);
  const ranked = trials
    .filter(isAnswer)
    .filter(({ number }) => objectives.length === 1 || front.includes(number))
    .sort((a, b) => cost(a) - cost(b));
  const baseline = trials.filter(({ origin }) => origin === "baseline");
  return [...ranked.slice(0, shownTrials), ...baseline];
}

function reasonsText({ reasons, trials }: StudyReport): string {
  const shown = reasons.slice(0, shownReasons).map(({ reason, trials: count }) => {
    return `  ${count}  ${plainText(reason).slice(0, 100)}`;
  });
  const more =
    reasons.length > shownReasons ? [`  and ${reasons.length - shownReasons} more reasons`] : [];
  return [`Not an answer (of ${trials.length} trials)`, ...shown, ...more].join("\n");
}

function costText({ trials, configurations, cost, end }: StudyReport): string {
  const space = configurations === undefined ? "" : ` of ${configurations} configurations`;
  const raced = cost.racedProcesses === 0 ? "" : `, ${cost.racedProcesses} ended early`;
  const time = formatDuration((cost.searchMs + cost.proofMs) * 1e6);
  const stopped = end === "interrupted" ? "; stopped by the user" : "";
  return `${trials.length} trials${space}, ${cost.processes} processes${raced}, ${time}${stopped}`;
}

/** One line for a finished trial, with the best so far. */
export function studyProgressLine(report: StudyReport, planned: number): string {
  const last = report.trials.at(-1);
  if (last === undefined) return "";
  const name =
    last.origin === "baseline" ? "default" : describeChange(last.configuration, report.baseline);
  const best = report.trials.find(({ number }) => number === report.best);
  const mark = last.isRaced ? " (ended early: behind)" : "";
  const standing =
    best === undefined
      ? "none yet"
      : best.number === last.number
        ? "best so far"
        : `best ${describeTrial(best, report)}`;
  return `${last.number + 1}/${planned}  ${name}: ${describeTrial(last, report)}${mark}; ${standing}`;
}
