// Histories: a planted change is named with its commit, machines and benchmarks are kept apart.

import { expect, test } from "vitest";
import { config, measurements, record, timing, trial } from "../../test/fixtures.ts";
import type { RunRecord } from "../record.ts";
import { configurationKey } from "../trial.ts";
import { buildHistory } from "./history.ts";

/** A run on day `day` whose samples lie around `ns`; noise of 1% that no generator decides. */
function run(day: number, ns: number, changes: Partial<RunRecord> = {}): RunRecord {
  const wobble = 1 + (((day * 0.618034) % 1) - 0.5) / 50;
  const latency = Array.from({ length: 40 }, (_, i) => Math.round((ns + i) * wobble));
  const { environment } = record();
  return record({
    runId: `run-${day}`,
    startedAt: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(),
    git: { commit: day.toString(16).padStart(40, "0"), dirty: false },
    environment,
    trials: [trial({ state: "ok", measurements: measurements({ timing: timing(latency) }) })],
    ...changes,
  });
}

const days = Array.from({ length: 40 }, (_, day) => day);

test("a slowdown is named with the commit that it begins at, in any order of files", () => {
  const runs = days.map((day) => run(day, day < 25 ? 100_000 : 108_000)).reverse();
  const history = buildHistory([...runs, runs[3]!], { metrics: ["latency.p05Ns"] });
  expect(history).toHaveLength(1);
  const [series] = history;
  expect(series).toMatchObject({
    suite: "fixture",
    benchmark: configurationKey(config()),
    unit: "ns",
  });
  expect(series?.points).toHaveLength(40);
  expect(series?.findings).toHaveLength(1);
  const [finding] = series!.findings;
  expect(finding).toMatchObject({ index: 25, direction: "worse" });
  expect(finding?.first.git?.commit).toBe((25).toString(16).padStart(40, "0"));
  expect(finding?.last.runId).toBe("run-24");
  expect(finding?.ratio).toBeCloseTo(1.08, 2);
});

test("more throughput is better, and numbers of another machine are another series", () => {
  const { environment } = record();
  const runs = days.flatMap((day) => [
    run(day, day < 20 ? 100_000 : 90_000),
    run(day, 50_000, {
      runId: `other-${day}`,
      environment: { ...environment, fingerprint: "ffffffff" },
    }),
  ]);
  const history = buildHistory(runs, { metrics: ["samplesPerSecond"] });
  expect(history.map(({ machine, findings }) => [machine, findings.length])).toEqual([
    ["89abcdef", 1],
    ["ffffffff", 0],
  ]);
  expect(history[0]?.findings[0]?.direction).toBe("better");
});

test("no record, one record and records without results have no findings", () => {
  expect(buildHistory([])).toEqual([]);
  const failed = record({ trials: [trial({ state: "failed", message: "no" })] });
  expect(buildHistory([failed])).toEqual([]);
  expect(buildHistory([run(1, 1000)]).every(({ findings }) => findings.length === 0)).toBe(true);
});
