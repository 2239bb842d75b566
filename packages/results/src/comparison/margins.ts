// Which margin holds for a metric: the suite's, else the default, and never less than twice the noise floor.

import { gateMetrics } from "./gate-metric.ts";
import type { GateMetricName, Margins } from "./gate-metric.ts";

/** A margin and where it comes from. */
export interface Margin {
  /** Relative, at least 0. */
  readonly ratio: number;
  readonly source: "default" | "suite" | "noise-floor";
}

/**
 * The margin of a metric.
 *
 * @param margins - of the suite
 * @param noiseFloor - relative, what identical code shows on this machine; undefined when it is not calibrated
 * @returns Undefined when the metric is not gated.
 */
export function marginOf(
  name: GateMetricName,
  margins: Margins,
  noiseFloor?: number,
): Margin | undefined {
  const given = margins[name] ?? gateMetrics[name].defaultMargin;
  if (given === undefined || given === false) return undefined;
  const floor = 2 * (noiseFloor ?? 0);
  if (floor > given) return { ratio: floor, source: "noise-floor" };
  return { ratio: given, source: margins[name] === undefined ? "default" : "suite" };
}
