// The record as CSV for spreadsheets: one row per trial and metric, full precision.

import { listMetrics } from "@fastgpu/results";
import type { RunRecord, TrialRecord } from "@fastgpu/results";
import { stringify } from "csv-stringify/sync";
import { describeOutcome } from "./run-view.ts";

/** Column names in order. */
export const csvColumns: readonly string[] = [
  "run_id",
  "trial_id",
  "workload",
  "kind",
  "backend",
  "device",
  "precision",
  "batch_size",
  "threads",
  "options",
  "seed",
  "repeat",
  "state",
  "message",
  "metric",
  "value",
  "unit",
];

/**
 * One row per trial and metric (RFC 4180), header first. A trial without numbers has one row with its
 * state and message. Texts that a spreadsheet would run as a formula are prefixed with an apostrophe.
 */
export function renderCsv(record: RunRecord): string {
  const rows = record.trials.flatMap((trial) => trialRows(record.runId, trial));
  return stringify([csvColumns, ...rows], { escape_formulas: true, record_delimiter: "\r\n" });
}

function trialRows(runId: string, trial: TrialRecord): readonly (readonly (string | number)[])[] {
  const { config, outcome } = trial;
  const options = config.options === undefined ? "" : JSON.stringify(config.options);
  const start = [
    runId,
    trial.id,
    config.workload.name,
    config.workload.kind,
    config.backend,
    config.device,
    config.precision,
    config.batchSize,
    config.threads ?? "",
    options,
    config.seed,
    config.repeat,
    outcome.state,
    describeOutcome(outcome),
  ];
  const metrics = listMetrics(trial);
  if (metrics.length === 0) return [[...start, "", "", ""]];
  return metrics.map(({ name, value, unit }) => [...start, name, value, unit]);
}
