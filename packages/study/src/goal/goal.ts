// What a study is to reach, from texts: `throughput`, `p95 <= 20 ms`, `memory <= 8 GB`, `accuracyLoss <= 0.5 points`.
import { UsageError } from "@fastgpu/core";
import { didYouMean } from "@fastgpu/bench";
import type { WorkloadKind } from "@fastgpu/results";
import type { MetricBound, Objective } from "@fastgpu/tuner";
import { metricNames, metricOf, type MetricName } from "./metric.ts";

/** Objectives and bounds of a study. Values are in the units of the metric table. */
export interface Goal {
  readonly objectives: readonly [StudyObjective, ...StudyObjective[]];
  readonly bounds: readonly StudyBound[];
}

/** An objective by a name of the metric table. */
export type StudyObjective = Objective & { readonly metric: MetricName };

/** A bound by a name of the metric table. */
export type StudyBound = MetricBound & { readonly metric: MetricName };

/** A text and where it stands, for messages. */
export interface PlacedText {
  readonly text: string;
  readonly where: string;
}

/** Factors to the unit of the metric table, by the unit of the table. */
const units: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ms: { ns: 1e-6, us: 1e-3, ms: 1, s: 1000 },
  s: { ms: 1e-3, s: 1, min: 60 },
  B: { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
  points: { points: 1, point: 1, "%": 1 },
  share: { "%": 0.01, "": 1 },
  "samples/s": { "samples/s": 1, "": 1 },
  J: { J: 1, mJ: 1e-3 },
  "": { "": 1 },
};

/**
 * Reads the texts of a goal.
 *
 * @param kind - of the workload; it decides which metrics there are
 * @throws {UsageError} at the place of the text, naming the rule
 */
export function parseGoal(
  kind: WorkloadKind,
  objectives: readonly PlacedText[],
  constraints: readonly PlacedText[],
): Goal {
  const chosen = objectives.map((text) => objectiveOf(kind, text));
  const [first = { metric: "throughput", direction: "maximize" } as const, ...others] = chosen;
  const bounds = constraints.map((text) => boundOf(kind, text));
  return { objectives: [first, ...others], bounds };
}

function objectiveOf(kind: WorkloadKind, { text, where }: PlacedText): StudyObjective {
  const metric = nameOf(kind, text, where);
  return { metric, direction: metricOf(metric).direction };
}

function boundOf(kind: WorkloadKind, { text, where }: PlacedText): StudyBound {
  const match = /^\s*([a-z][\w -]*?)\s*(<=|>=)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(\S*)\s*$/i.exec(
    text,
  );
  if (match === null) {
    throw new UsageError(
      `${where}: must be <metric> <= <number> <unit> (or >=), as in "p95 <= 20 ms", got ${JSON.stringify(text)}`,
    );
  }
  const [, name = "", operator = "", number = "", unit = ""] = match;
  const metric = nameOf(kind, name, where);
  const value = Number(number) * factorOf(metric, unit, where);
  if (!Number.isFinite(value)) {
    throw new UsageError(`${where}: bound must be a finite number, got ${JSON.stringify(number)}`);
  }
  return operator === "<=" ? { metric, atMost: value } : { metric, atLeast: value };
}

function nameOf(kind: WorkloadKind, text: string, where: string): MetricName {
  // "accuracy loss" and "time-to-accuracy" are how people write it.
  const name = text.trim().replace(/[\s-]+(\w)/g, (_, letter: string) => letter.toUpperCase());
  const known = metricNames.filter((each) => metricOf(each).kinds.includes(kind));
  const metric = known.find((each) => each === name);
  if (metric !== undefined) return metric;
  throw new UsageError(
    `${where}: metric must be one of ${known.join(", ")} for ${kind}, got ${JSON.stringify(text.trim())}${didYouMean(name, known)}`,
  );
}

function factorOf(metric: MetricName, unit: string, where: string): number {
  const known = units[metricOf(metric).unit] ?? {};
  const factor = Object.hasOwn(known, unit) ? known[unit] : undefined;
  if (factor !== undefined) return factor;
  const names = Object.keys(known).filter((name) => name !== "");
  const rule = names.length === 0 ? "must have no unit" : `must have a unit of ${names.join(", ")}`;
  throw new UsageError(`${where}: ${metric} ${rule}, got ${unit === "" ? "none" : `"${unit}"`}`);
}
