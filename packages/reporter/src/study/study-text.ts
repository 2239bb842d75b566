// Configurations and values of a study as people read them.
import type { StudyConfiguration, StudyReport, StudyTrialReport } from "@fastgpu/results";
import { formatBytes, formatDuration, formatNumber, formatRate } from "../format.ts";
import { plainText } from "../safe-text.ts";

/** A value with its unit, as in `1,240 samples/s`, `12.3 ms`, `148 MiB`. */
export function formatValue(value: number, unit: string): string {
  switch (unit) {
    case "samples/s":
      return `${formatRate(value)} samples/s`;
    case "ms":
      return value < 0 ? `${formatNumber(value)} ms` : formatDuration(value * 1e6);
    case "s":
      return value < 0 ? `${formatNumber(value)} s` : formatDuration(value * 1e9);
    case "B":
      return formatBytes(value);
    case "share":
      return `${(value * 100).toFixed(2)}%`;
    case "":
      return formatNumber(value);
    default:
      return `${formatNumber(Number(value.toPrecision(4)))} ${unit}`;
  }
}

/** `threads 2, batchSize 64`; `default` for the default configuration. */
export function describeConfiguration(configuration: StudyConfiguration): string {
  const parts = Object.entries(configuration).map(([name, value]) => `${name} ${valueText(value)}`);
  return plainText(parts.join(", "));
}

/** The same without what all have in common with the default. */
export function describeChange(
  configuration: StudyConfiguration,
  baseline: StudyConfiguration,
): string {
  const changed = Object.entries(configuration).filter(
    ([name, value]) => valueText(value) !== valueText(baseline[name] ?? ""),
  );
  return changed.length === 0
    ? "as the default"
    : describeConfiguration(Object.fromEntries(changed));
}

/** A value of a parameter; long fractions are cut. */
export function valueText(value: StudyConfiguration[string]): string {
  if (typeof value === "number") {
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  }
  return String(value);
}

/** What came of a trial in one phrase: its first objective, or why it has none. */
export function describeTrial(trial: StudyTrialReport, { objectives }: StudyReport): string {
  const [objective] = objectives;
  const estimate = objective && trial.values?.[objective.metric];
  if (objective === undefined || estimate === undefined) return plainText(trial.reason ?? "");
  const value = formatValue(estimate.value, objective.unit);
  return trial.reason === undefined ? value : `${value}, ${plainText(trial.reason)}`;
}

/** A gain as per cent with its sign. */
export function formatGain(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(1)}%`;
}
