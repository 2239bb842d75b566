// Summaries and moments against NIST's certified values and two-pass formulas.

import fc from "fast-check";
import { expect, test } from "vitest";
import { medianAbsoluteDeviation, moments } from "./moments.ts";
import { sortSamples } from "./sorted.ts";
import { minimumSamples, summarize, throughput } from "./summary.ts";

const latencies = fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 300 });

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index + 1);
}

test("NIST's univariate set NumAcc1: mean 10000002, deviation 1", () => {
  // https://www.itl.nist.gov/div898/strd/univ/numacc1.html, certified values.
  expect(moments(sortSamples([10000001, 10000003, 10000002]))).toEqual({
    mean: 10000002,
    standardDeviation: 1,
  });
});

test("NIST's NumAcc4: mean 10000000.2, deviation 0.1", () => {
  // 1001 values: 10000000.2, then 10000000.1 and 10000000.3 in turn; certified values. Seven decimals: each value is
  // itself rounded to the next multiple of 1.9e-9 when it is read.
  const values = [10000000.2];
  for (let i = 0; i < 500; i += 1) values.push(10000000.1, 10000000.3);
  const { mean, standardDeviation } = moments(sortSamples(values));
  expect(mean).toBeCloseTo(10000000.2, 7);
  expect(standardDeviation).toBeCloseTo(0.1, 7);
});

test("deviation from the median of 1 1 2 2 4 6 9 is 1", () => {
  expect(medianAbsoluteDeviation(sortSamples([1, 1, 2, 2, 4, 6, 9]))).toBe(1);
});

test("moments agree with two passes", () => {
  fc.assert(
    fc.property(latencies, (values) => {
      const { mean, standardDeviation } = moments(sortSamples(values));
      const sum = values.reduce((a, b) => a + b, 0);
      const average = sum / values.length;
      const squares = values.reduce((a, x) => a + (x - average) ** 2, 0);
      const deviation = values.length === 1 ? 0 : Math.sqrt(squares / (values.length - 1));
      expect(Math.abs(mean - average)).toBeLessThanOrEqual(1e-9 * (average + 1));
      expect(Math.abs(standardDeviation - deviation)).toBeLessThanOrEqual(1e-6 * (deviation + 1));
    }),
  );
});

test("p99 needs 459 samples and p99.9 4603, and the summary says so", () => {
  const few = summarize(range(458));
  expect(few.p99Ns).toBeUndefined();
  expect(few.withheld.map(({ reason }) => reason)).toEqual([
    "p99 needs at least 459 samples, got 458; the maximum is stated instead",
    "p99.9 needs at least 4603 samples, got 458; the maximum is stated instead",
  ]);
  const enough = summarize(range(459));
  // h = 458 x 0.99 = 453.42, 0-based: 454 + 0.42.
  expect(enough.p99Ns).toBe(454);
  expect(enough.withheld.map(({ quantile }) => quantile)).toEqual(["p99.9"]);
  expect(summarize(range(4602)).p999Ns).toBeUndefined();
  const many = summarize(range(4603));
  // h = 4602 x 0.999 = 4597.398.
  expect(many.p999Ns).toBe(4598);
  expect(many.withheld).toEqual([]);
});

test("the limits are the smallest n with 1 - p^n >= 0.99", () => {
  for (const [p, n] of [
    [0.99, minimumSamples.p99],
    [0.999, minimumSamples.p999],
  ] as const) {
    expect(1 - p ** n).toBeGreaterThanOrEqual(0.99);
    expect(1 - p ** (n - 1)).toBeLessThan(0.99);
  }
});

test("void samples do not count", () => {
  const summary = summarize([5, 1_000_000, 7, 6], [1]);
  expect(summary).toMatchObject({ count: 3, maxNs: 7, p50Ns: 6 });
  expect(() => summarize([1], [0])).toThrow("at least one must be given, got 0");
});

test("a summary is ordered, whole and inside its samples", () => {
  fc.assert(
    fc.property(latencies, (values) => {
      const s = summarize(values);
      const chain = [s.minNs, s.p05Ns, s.p50Ns, s.p90Ns, s.p95Ns, s.maxNs];
      expect(chain).toEqual(chain.toSorted((a, b) => a - b));
      expect(chain.every(Number.isInteger)).toBe(true);
      expect([s.minNs, s.maxNs]).toEqual([Math.min(...values), Math.max(...values)]);
      expect(s.medianInterval95 === undefined).toBe(values.length < 6);
      if (s.medianInterval95 === undefined) return;
      expect(s.medianInterval95.lowNs).toBeLessThanOrEqual(s.p50Ns);
      expect(s.medianInterval95.highNs).toBeGreaterThanOrEqual(s.p50Ns);
    }),
  );
});

test("10^5 samples with ties and zeros", () => {
  const values = Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 1000);
  expect(summarize(values)).toMatchObject({ count: 100_000, minNs: 0, maxNs: 999, p05Ns: 50 });
});

test("throughput is items over time", () => {
  expect(throughput(128, [1e9, 1e9])).toBe(128);
  expect(throughput(128, [500_000_000])).toBe(256);
  expect(throughput(128, [])).toBe(0);
  expect(throughput(128, [0])).toBe(0);
});
