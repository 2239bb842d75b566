// Numbers as people read them. Records keep integer ns and bytes; this is the only place that converts.

import type { Metric } from "@fastgpu/results";

/**
 * A duration with three significant digits and the unit that suits it.
 *
 * @param ns - nanoseconds, at least 0
 * @returns As in `812 ns`, `1.21 ms`, `12.3 s`, `3 min 20 s`.
 */
export function formatDuration(ns: number): string {
  if (ns < 999.5) return `${significant(ns)} ns`;
  if (ns < 999_500) return `${significant(ns / 1e3)} µs`;
  if (ns < 999_500_000) return `${significant(ns / 1e6)} ms`;
  if (ns < 120e9) return `${significant(ns / 1e9)} s`;
  const seconds = Math.round(ns / 1e9);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A size in binary units, as in `148 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  return scaled(bytes, 1024, units);
}

/** A rate or count in decimal units, as in `26.4 G` for 2.64e10. */
export function formatCount(value: number): string {
  if (Math.abs(value) < 10_000)
    return Number.isInteger(value) ? grouped(value, 0) : significant(value);
  return scaled(value, 1000, ["", "k", "M", "G", "T", "P"]);
}

/** Samples per second with thousands separated, as in `105,200`. */
export function formatRate(perSecond: number): string {
  return perSecond >= 1000 ? grouped(Number(perSecond.toPrecision(4)), 0) : significant(perSecond);
}

/** A share as per cent with one decimal: 1 = 100%. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** A number without unit: a loss, an error. */
export function formatNumber(value: number): string {
  if (value === 0 || Number.isInteger(value)) return grouped(value, 0);
  const magnitude = Math.abs(value);
  return magnitude < 1e-3 || magnitude >= 1e6 ? value.toExponential(2) : significant(value, 4);
}

/** A metric with its unit. */
export function formatMetric({ value, unit }: Metric): string {
  switch (unit) {
    case "ns":
      return formatDuration(value);
    case "bytes":
      return formatBytes(value);
    case "samples/s":
      return `${formatRate(value)} samples/s`;
    case "flop/s":
      return `${formatCount(value)}FLOP/s`;
    case "bytes/s":
      return `${formatBytes(value)}/s`;
    case "flop":
      return `${formatCount(value)}FLOP`;
    case "share":
      return formatShare(value);
    case "count":
      return grouped(value, 2);
    case "J":
    case "W":
      return `${significant(value)} ${unit}`;
    case "":
      return formatNumber(value);
  }
}

/** A record's UTC instant without its T and fraction, as in `2026-01-02 03:04:05 UTC`. */
export function formatInstant(instant: string): string {
  return instant.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let index = 0;
  // 999.5 would read "1000" after rounding to three digits.
  while (Math.abs(rest) >= step * 0.9995 && index < units.length - 1) {
    rest /= step;
    index += 1;
  }
  // Below the first step the number is whole: 1023 B and not 1020 B.
  return `${index === 0 ? Math.round(rest) : significant(rest)} ${units[index] ?? ""}`;
}

function significant(value: number, digits = 3): string {
  if (value === 0) return "0";
  const text = value.toPrecision(digits);
  return text.includes("e") ? String(Number(text)) : text;
}

function grouped(value: number, maximumFractionDigits: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits });
}
