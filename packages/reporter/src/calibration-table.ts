// A calibration in the terminal: limits, noise with the number that was chosen per process, the clock.

import type { Calibration, DeviceCalibration, MetricNoise, ProcessSummary } from "@fastgpu/results";
import Table from "cli-table3";
import { createColors } from "picocolors";
import { formatBytes, formatCount, formatDuration, formatShare } from "./format.ts";
import { plainText } from "./safe-text.ts";
import type { TableStyle } from "./table.ts";

/** Tables of a calibration. */
export function renderCalibration(calibration: Calibration, style: TableStyle): string {
  const colors = createColors(style.color);
  const { timer, environment, devices } = calibration;
  const parts = [
    `${colors.bold("Machine")}  ${plainText(environment.cpu.model)}, ${environment.cpu.cores} cores, ${calibration.machine.slice(0, 12)}`,
    `${colors.bold("Clock")}  reading costs ${timer.overheadNs} ns, smallest step ${timer.resolutionNs} ns`,
    ...devices.flatMap((device) => deviceParts(device, style)),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A summary in words: `median`, `p5`, `mean`, `one value`. */
export function describeSummary(summary: ProcessSummary): string {
  if (summary.kind !== "quantile") return summary.kind === "mean" ? "mean" : "one value";
  return summary.probability === 0.5
    ? "median"
    : `p${Number((summary.probability * 100).toFixed(2))}`;
}

function deviceParts(device: DeviceCalibration, style: TableStyle): readonly string[] {
  const colors = createColors(style.color);
  const threads = device.threads === undefined ? "" : ` · threads ${device.threads}`;
  const title = `${plainText(device.backend)} · ${plainText(device.device)}${threads} · ${plainText(device.engine.name)} ${plainText(device.engine.version)}`;
  const limits = grid(style, ["limit", "precision", "best", "median", "size"]);
  for (const { kind, precision, perSecond, medianPerSecond, size } of device.limits) {
    const rate = (value: number): string =>
      kind === "gemm" ? `${formatCount(value)}FLOP/s` : `${formatBytes(value)}/s`;
    const shown = kind === "gemm" ? `${size} x ${size}` : `${formatCount(size)} elements`;
    limits.push([kind, plainText(precision), rate(perSecond), rate(medianPerSecond), shown]);
  }
  const stamps =
    device.timestamps === undefined
      ? []
      : [
          `kernel times in steps of ${formatDuration(device.timestamps.quantumNs)} (${plainText(device.timestamps.source)})`,
        ];
  return [`${colors.bold(title)}\n${limits.toString()}`, ...stamps, ...noiseParts(device, style)];
}

function noiseParts({ noise }: DeviceCalibration, style: TableStyle): readonly string[] {
  if (noise.length === 0) return [];
  const rows = grid(style, ["workload", "metric", "per process", "pair sd", "floor", "others"]);
  for (const entry of noise) {
    rows.push([
      plainText(entry.workload),
      entry.metric,
      describeSummary(entry.summary),
      formatShare(entry.pairDeviation),
      formatShare(entry.floorRatio),
      others(entry),
    ]);
  }
  const pairs = Math.min(...noise.map((entry) => entry.pairs));
  return [`Noise between identical processes, ${pairs} pairs\n${rows.toString()}`];
}

function others({ candidates }: MetricNoise): string {
  return candidates
    .slice(1)
    .map(
      ({ summary, pairDeviation }) => `${describeSummary(summary)} ${formatShare(pairDeviation)}`,
    )
    .join(", ");
}

function grid({ color }: TableStyle, head: readonly string[]): InstanceType<typeof Table> {
  return new Table({
    head: [...head],
    style: { head: color ? ["cyan"] : [], border: color ? ["gray"] : [], compact: true },
  });
}
