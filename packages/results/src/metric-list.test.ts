// The flat list of numbers against the record it points into.

import { expect, test } from "vitest";
import { everyOutcome } from "../test/fixtures.ts";
import { listMetrics } from "./metric-list.ts";

/** RFC 6901 by its own text: split at "/", then ~1 is "/" and ~0 is "~". */
function follow(value: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((place, key) => (place as Record<string, unknown>)[key], value);
}

test("every metric is the number its pointer leads to", () => {
  const metrics = everyOutcome.flatMap((trial) =>
    listMetrics(trial).map((metric) => ({ trial, metric })),
  );
  expect(metrics.length).toBeGreaterThan(40);
  for (const { trial, metric } of metrics) {
    const target = follow(trial, metric.pointer);
    const value = Array.isArray(target) ? target.length : target;
    expect(value, metric.name).toBe(metric.value);
  }
});

test("units follow from names, and names are unique", () => {
  const metrics = listMetrics(everyOutcome[0]!);
  const units = new Map(metrics.map(({ name, unit }) => [name, unit]));
  expect(units.size).toBe(metrics.length);
  expect(units.get("latency.p50Ns")).toBe("ns");
  expect(units.get("samplesPerSecond")).toBe("samples/s");
  expect(units.get("memory.peakRssBytes")).toBe("bytes");
  expect(units.get("metrics.energyJoules")).toBe("J");
  expect(units.get("achieved.rooflineShare")).toBe("share");
});

test("a trial without a speed has no numbers", () => {
  const others = everyOutcome.filter(({ outcome }) => outcome.state !== "ok");
  expect(others.length).toBe(8);
  for (const trial of others) expect(listMetrics(trial)).toEqual([]);
});
