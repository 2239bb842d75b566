// Runs one process of a study through bench's protocol, and turns its outcome into what a search is told.
import { runTrial, type TrialSurroundings } from "@fastgpu/bench";
import type { Measurements, Outcome, TrialRecord } from "@fastgpu/results";
import type { Measure, Measured, ProcessMeasurement, TrialOutcome } from "@fastgpu/tuner";
import { accuracyOf, metricNames, metricOf, type MetricName } from "../goal/metric.ts";
import type { Goal } from "../goal/goal.ts";
import { configuredTrial, type TrialTemplate } from "./configured-trial.ts";

/** How trials are measured. */
export interface MeasureOptions {
  readonly template: TrialTemplate;
  readonly surroundings: TrialSurroundings;
  /** Told of each finished process. */
  readonly onRecord?: (record: TrialRecord) => void;
}

/** The port of a study for real processes. The accuracy of the default is kept for those after it. */
export class ProcessMeter {
  readonly #options: MeasureOptions;
  #baselineAccuracy: number | undefined;

  constructor(options: MeasureOptions, baselineAccuracy?: number) {
    this.#options = options;
    this.#baselineAccuracy = baselineAccuracy;
  }

  /** Runs one process. Undefined if the user stopped it. */
  readonly measure: Measure = async (request) => {
    const { template, surroundings, onRecord } = this.#options;
    const trial = configuredTrial(template, request);
    const record = await runTrial(trial, surroundings);
    onRecord?.(record);
    if (record.outcome.state === "cancelled") return undefined;
    if (record.outcome.state === "ok" && request.isBaseline) {
      this.#baselineAccuracy ??= accuracyOf(record.outcome.measurements);
    }
    return this.#measurementOf(record);
  };

  #measurementOf({ outcome, durationNs, config }: TrialRecord): ProcessMeasurement {
    const kind = config.workload.kind;
    const isRaced = outcome.state === "ok" && outcome.measurements.timing?.stopReason === "raced";
    return {
      outcome: outcomeOf(outcome, (measurements) => {
        const accuracy = this.#baselineAccuracy;
        const source = {
          measurements,
          ...(accuracy === undefined ? {} : { baselineAccuracy: accuracy }),
        };
        const known = metricNames.filter((name) => metricOf(name).kinds.includes(kind));
        const entries = known.flatMap((name) => {
          const measured = metricOf(name).read(source);
          return measured === undefined ? [] : [[name, measured] as const];
        });
        return Object.fromEntries(entries);
      }),
      durationMs: Math.round(durationNs / 1e6),
      ...(isRaced ? { isRaced } : {}),
    };
  }
}

/** What a search is told of an outcome. */
export function outcomeOf(
  outcome: Outcome,
  valuesOf: (measurements: Measurements) => Readonly<Record<string, Measured>>,
): TrialOutcome {
  switch (outcome.state) {
    case "ok":
      return { kind: "ok", values: valuesOf(outcome.measurements) };
    case "incorrect":
      return { kind: "infeasible", reason: "wrong answer" };
    case "unsupported":
      return { kind: "infeasible", reason: `unsupported: ${outcome.reason}` };
    case "crashed":
    case "out-of-memory":
    case "timeout":
      return { kind: "failed", cause: outcome.state, detail: outcome.message };
    default:
      return { kind: "failed", cause: "error", detail: outcome.message };
  }
}

/** Metrics that a goal needs and no trial of this machine can give, told by the default's own outcome. */
export function missingMetrics(goal: Goal, outcome: TrialOutcome): readonly MetricName[] {
  if (outcome.kind !== "ok") return [];
  const needed = [...goal.objectives, ...goal.bounds].map(({ metric }) => metric);
  return [...new Set(needed)].filter((metric) => outcome.values[metric] === undefined);
}
