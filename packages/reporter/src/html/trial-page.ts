// The details of one trial as the template wants them: texts, and the two charts that are trusted markup.

import { listMetrics } from "@fastgpu/results";
import type { Measurements, TrialRecord } from "@fastgpu/results";
import { formatDuration, formatMetric, formatNumber, formatShare } from "../format.ts";
import { describeConfig, describeOutcome } from "../run-view.ts";
import { plainText } from "../safe-text.ts";
import { describeKernelClock, describeScenario } from "../trial-notes.ts";
import type { Chart } from "./chart.ts";
import { trialCharts } from "./trial-charts.ts";

/** One trial for the template. All texts are escaped there. */
export interface TrialPage {
  readonly anchor: string;
  readonly id: string;
  readonly workload: string;
  readonly config: string;
  readonly state: string;
  readonly isOk: boolean;
  readonly headline: string;
  readonly reason: string;
  readonly stderrTail: string;
  readonly facts: readonly Fact[];
  readonly charts: readonly Chart[];
  readonly metrics: readonly MetricRow[];
  readonly epochs: readonly EpochRow[];
  readonly sampleGroups: readonly SampleGroup[];
}

/** A name and a value. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** A number with its exact value and its place in the record. */
export interface MetricRow {
  readonly name: string;
  readonly shown: string;
  readonly exact: string;
  readonly pointer: string;
}

/** One epoch of a training run. */
export interface EpochRow {
  readonly epoch: number;
  readonly cells: readonly string[];
}

/** Raw samples in order. */
export interface SampleGroup {
  readonly title: string;
  readonly samples: string;
  /** Said when not all samples are listed; empty otherwise. */
  readonly more: string;
}

/** Raw samples listed per group; all of them are in the embedded record. */
const maxListed = 1000;

/** The page part of the trial at `record.trials[index]`. */
export function trialPage(trial: TrialRecord, index: number, hasCharts: boolean): TrialPage {
  const { config, outcome } = trial;
  const measurements = outcome.state === "ok" ? outcome.measurements : undefined;
  const timing = measurements?.timing;
  return {
    anchor: `trial-${index}`,
    id: plainText(trial.id),
    workload: `${plainText(config.workload.name)} ${config.workload.kind}`,
    config: `${describeConfig(config)} · seed ${config.seed}${config.repeat > 0 ? ` · repeat ${config.repeat}` : ""}`,
    state: outcome.state,
    isOk: measurements !== undefined,
    headline: measurements === undefined ? describeOutcome(outcome) : headline(measurements),
    reason: describeOutcome(outcome),
    stderrTail: outcome.state === "crashed" ? outcome.stderrTail : "",
    facts: measurements === undefined ? [] : facts(trial, measurements),
    charts: timing === undefined || !hasCharts ? [] : trialCharts(timing, `t${index}`),
    metrics: listMetrics(trial).map((metric) => ({
      name: metric.name,
      shown: formatMetric(metric),
      exact: `${metric.value}${metric.unit === "" || metric.unit === "count" ? "" : ` ${metric.unit}`}`,
      pointer: `/trials/${index}${metric.pointer}`,
    })),
    epochs: epochRows(measurements),
    sampleGroups:
      timing === undefined
        ? []
        : [
            sampleGroup("Counted and void samples", timing.latencyNs),
            sampleGroup("Warm-up samples", timing.warmup.latencyNs),
          ],
  };
}

function headline({ timing, training }: Measurements): string {
  if (timing !== undefined) {
    return `${formatDuration(timing.latency.p50Ns)} median of ${timing.latency.count} samples`;
  }
  if (training === undefined) return "ok";
  const last = training.epochs.at(-1);
  const accuracy = last?.validationAccuracy ?? last?.accuracy;
  const reached = accuracy === undefined ? "" : `, accuracy ${formatShare(accuracy)}`;
  return `${training.epochs.length} epochs in ${formatDuration(training.totalNs)}${reached}`;
}

function facts(trial: TrialRecord, measurements: Measurements): readonly Fact[] {
  const { check, placement, timing, training } = measurements;
  const list: Fact[] = [
    { name: "whole trial", value: formatDuration(trial.durationNs) },
    { name: "start to first sample", value: formatDuration(measurements.startToFirstSampleNs) },
    {
      name: "outputs checked",
      value: `${check.passed ? "passed" : "failed"}: ${check.comparedValues} values against ${plainText(check.reference)}, largest error ${formatNumber(check.maxAbsoluteError)} absolute, ${formatNumber(check.maxRelativeError)} relative`,
    },
  ];
  if (timing !== undefined) {
    const { warmup, latency, stopReason, voidSamples } = timing;
    const settled = warmup.reason === "steady" ? "settled" : "did not settle";
    list.push({
      name: "warm-up",
      value: `${settled} after ${warmup.iterations} iterations (${formatDuration(warmup.elapsedNs)})`,
    });
    list.push({
      name: "sampling",
      value: `${latency.count} samples, ${voidSamples.length} void, ${stopReason === "enough" ? "enough iterations and time" : "stopped by the time limit"}`,
    });
    for (const { quantile, reason } of latency.withheld) {
      list.push({ name: `${quantile} not stated`, value: reason });
    }
    if (timing.timestampQuantumNs !== undefined) {
      list.push({ name: "kernel times", value: describeKernelClock(timing.timestampQuantumNs) });
    }
  }
  const { scenario, conditions } = measurements;
  if (scenario !== undefined) {
    list.push({ name: "scenario", value: describeScenario(scenario) });
    for (const violation of scenario.violations) {
      list.push({ name: "scenario rule broken", value: plainText(violation) });
    }
  }
  if (conditions?.foreignCpuShare !== undefined) {
    list.push({
      name: "processors used by others",
      value: formatShare(conditions.foreignCpuShare),
    });
  }
  if (training !== undefined) list.push(...trainingFacts(training));
  if (placement !== undefined) {
    const places = placement.map(
      ({ where, operators, share }) => `${plainText(where)} ${operators} (${formatShare(share)})`,
    );
    list.push({ name: "operators ran on", value: places.join(", ") });
  }
  return list;
}

function trainingFacts(training: NonNullable<Measurements["training"]>): readonly Fact[] {
  const { timeToTarget: target, diverged } = training;
  const list: Fact[] = [
    {
      name: "data",
      value: `${training.trainSamples} training and ${training.validationSamples} validation samples`,
    },
  ];
  if (target !== undefined) {
    const sign = target.direction === "at-least" ? "≥" : "≤";
    const when =
      target.reachedNs === undefined
        ? `not reached in ${target.epochs} epochs`
        : `reached after ${target.epochs} epochs, ${formatDuration(target.reachedNs)}`;
    list.push({
      name: "target",
      value: `${plainText(target.metric)} ${sign} ${target.target}: ${when}`,
    });
  }
  if (diverged !== undefined) {
    list.push({
      name: "diverged",
      value: `loss became ${diverged.loss} in epoch ${diverged.epoch}`,
    });
  }
  return list;
}

function epochRows(measurements: Measurements | undefined): readonly EpochRow[] {
  const optional = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? "" : format(value);
  return (measurements?.training?.epochs ?? []).map((epoch) => ({
    epoch: epoch.epoch,
    cells: [
      formatNumber(epoch.loss),
      optional(epoch.accuracy, formatShare),
      optional(epoch.validationLoss, formatNumber),
      optional(epoch.validationAccuracy, formatShare),
      formatDuration(epoch.trainNs),
      optional(epoch.validationNs, formatDuration),
    ],
  }));
}

function sampleGroup(title: string, samples: readonly number[]): SampleGroup {
  const hidden = samples.length - maxListed;
  return {
    title: `${title}: ${samples.length}, in ns`,
    samples: samples.slice(0, maxListed).join(" "),
    more: hidden > 0 ? `and ${hidden} more in the embedded record` : "",
  };
}
