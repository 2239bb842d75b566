// Scenarios: LoadGen's published numbers of queries, seeded arrivals, and verdicts.

import fc from "fast-check";
import { expect, test } from "vitest";
import { sortSamples } from "../stats/sorted.ts";
import { poissonArrivals } from "./arrivals.ts";
import { allowedOverLatency, earlyStoppingEstimate, requiredQueries } from "./early-stopping.ts";
import { judgeScenario } from "./judge.ts";
import type { ScenarioRun } from "./judge.ts";
import type { ScenarioSettings } from "./scenario.ts";

/** P(B <= t) for B ~ Binomial(n, q), term by term in logarithms. */
function binomialTail(n: number, q: number, t: number): number {
  let log = n * Math.log1p(-q);
  let sum = Math.exp(log);
  for (let k = 1; k <= t; k += 1) {
    log += Math.log((n - k + 1) / k) + Math.log(q / (1 - q));
    sum += Math.exp(log);
  }
  return sum;
}

test("the numbers of queries are those of MLPerf", () => {
  // With none over the bound: ln 0.01 / ln p. With one: 64 and 662 queries (inference rules, early stopping).
  expect(requiredQueries(0, 0.9)).toBe(44);
  expect(requiredQueries(0, 0.99)).toBe(459);
  expect(requiredQueries(1, 0.9)).toBe(64);
  expect(requiredQueries(1, 0.99)).toBe(662);
  expect(allowedOverLatency(458, 0.99)).toBe(-1);
  expect(allowedOverLatency(661, 0.99)).toBe(0);
  expect(allowedOverLatency(0, 0.99)).toBe(-1);
});

test("the allowed number is the last with a tail of at most 1%", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000 }),
      fc.constantFrom(0.9, 0.95, 0.97, 0.99),
      (queries, percentile) => {
        const allowed = allowedOverLatency(queries, percentile);
        const slack = 1e-9;
        if (allowed >= 0) {
          expect(binomialTail(queries, 1 - percentile, allowed)).toBeLessThanOrEqual(0.01 + slack);
        }
        expect(binomialTail(queries, 1 - percentile, allowed + 1)).toBeGreaterThan(0.01 - slack);
      },
    ),
    { numRuns: 60 },
  );
});

test("the estimate of a stream is the t-th largest latency, and none under 64 queries", () => {
  const ascending = (count: number) => sortSamples(Array.from({ length: count }, (_, i) => i));
  expect(earlyStoppingEstimate(ascending(63), 0.9)).toBeUndefined();
  expect(earlyStoppingEstimate(ascending(64), 0.9)).toBe(63);
  const allowed = allowedOverLatency(1000, 0.9);
  expect(earlyStoppingEstimate(ascending(1000), 0.9)).toBe(1000 - allowed);
});

test("arrivals have the rate, exponential gaps, and depend on the seed alone", () => {
  const take = (count: number, seed: number): number[] => {
    const arrivals = poissonArrivals(1000, seed);
    return Array.from({ length: count }, () => arrivals.next().value);
  };
  const times = take(20_000, 7);
  expect(take(50, 7)).toEqual(times.slice(0, 50));
  expect(take(50, 8)).not.toEqual(times.slice(0, 50));
  const gaps = times.map((at, i) => at - (times[i - 1] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  // Mean 1 ms; its standard error over 20,000 gaps is 0.7%. A share of 1 - 1/e is shorter than the mean.
  const mean = (times.at(-1) ?? 0) / times.length;
  expect(Math.abs(mean / 1e6 - 1)).toBeLessThan(0.03);
  const shorter = gaps.filter((gap) => gap < 1e6).length / gaps.length;
  expect(Math.abs(shorter - (1 - Math.exp(-1)))).toBeLessThan(0.015);
});

const server: ScenarioSettings = {
  kind: "server",
  minQueries: 100,
  minDurationNs: 0,
  maxDurationNs: 1e12,
  samplesPerQuery: 1,
  percentile: 0.99,
  seed: 1,
  targetQueriesPerSecond: 1000,
  latencyBoundNs: 5000,
};

function run(latencyNs: readonly number[], changes: Partial<ScenarioRun> = {}): ScenarioRun {
  const samples = latencyNs.length;
  return { latencyNs, elapsedNs: 1e9, samples, maxOutstanding: 1, isCutShort: false, ...changes };
}

function latencies(count: number, slow: number): number[] {
  return Array.from({ length: count }, (_, i) => (i < slow ? 9000 : 1000));
}

test("a server keeps its bound only with enough queries for the ones over it", () => {
  expect(judgeScenario(server, run(latencies(459, 0)))).toMatchObject({
    isValid: true,
    metric: { name: "queriesPerSecond", value: 459, overLatency: 0 },
  });
  const short = judgeScenario(server, run(latencies(661, 1)));
  expect(short.isValid).toBe(false);
  expect(short.violations).toEqual([
    "p99 must be within 5000 ns at 99% confidence, got 1 of 661 queries over it; with 662 queries so many may be",
  ]);
  expect(judgeScenario(server, run(latencies(662, 1))).isValid).toBe(true);
  const slow = judgeScenario(server, run(latencies(1000, 20)));
  expect(slow.violations[0]).toBe(
    "p99 must be within 5000 ns at 99% confidence, got 20 of 1000 queries over it",
  );
  expect(slow.metric.requiredQueries).toBeUndefined();
});

test("streams state a percentile and say what it would take, offline states throughput", () => {
  const stream: ScenarioSettings = {
    ...server,
    kind: "single-stream",
    percentile: 0.9,
    minQueries: 1,
  };
  const few = judgeScenario(stream, run(latencies(63, 0)));
  expect(few.violations).toEqual(["a statement about p90 needs at least 64 queries, got 63"]);
  expect(few.metric).toMatchObject({ name: "percentileNs", value: 1000, requiredQueries: 64 });
  expect(judgeScenario(stream, run(latencies(64, 0)))).toMatchObject({
    isValid: true,
    metric: { earlyStoppingNs: 1000 },
  });
  const offline: ScenarioSettings = {
    ...server,
    kind: "offline",
    minQueries: 1,
    minDurationNs: 2e9,
  };
  const all = judgeScenario(offline, run([1e9], { samples: 24_576 }));
  expect(all.metric).toEqual({ name: "samplesPerSecond", value: 24_576 });
  expect(all.violations).toEqual(["duration must be at least 2000000000 ns, got 1000000000"]);
  expect(judgeScenario(offline, run([2e9], { isCutShort: true })).isValid).toBe(false);
});
