// Tails on samples whose tail is known, and how little they mind what the machine does.

import fc from "fast-check";
import { expect, test } from "vitest";
import { quietTail, tailExcess } from "./tails.ts";

test("equal steps have none, a slow tenth has its own factor", () => {
  expect(tailExcess(new Array<number>(50).fill(7))).toBeCloseTo(1, 12);
  const slow = Array.from({ length: 100 }, (_, i) => (i % 10 === 3 ? 260 : 200));
  expect(tailExcess(slow)).toBeCloseTo(1.3, 12);
});

test("it is the geometric mean of the slowest tenth over the 85th percentile", () => {
  // 1 to 40: the tail is 37 to 40, the percentile at rank 39 x .85 = 33.15 is 34.15.
  const samples = Array.from({ length: 40 }, (_, i) => 40 - i);
  expect(tailExcess(samples)).toBeCloseTo((37 * 38 * 39 * 40) ** (1 / 4) / 34.15, 12);
});

test("30% on top of the slowest tenth is 30%, whatever the tail was", () => {
  const pareto = Array.from({ length: 1000 }, (_, i) => 1e6 * (1 - (i + 0.5) / 1000) ** -0.4);
  const threshold = [...pareto].sort((a, b) => a - b)[900]!;
  const slower = pareto.map((ns) => (ns >= threshold ? 1.3 * ns : ns));
  expect(tailExcess(slower)! / tailExcess(pareto)!).toBeCloseTo(1.3, 9);
});

test("a slower machine, and a fifth of the steps slower, change nothing; few samples say nothing", () => {
  const samples = Array.from({ length: 200 }, (_, i) => 1e6 + i * 1e3);
  const base = tailExcess(samples)!;
  expect(tailExcess(samples.map((ns) => 3 * ns))).toBeCloseTo(base, 12);
  expect(tailExcess(samples.map((ns, i) => (i >= 160 ? 2 * ns : ns)))).toBeCloseTo(base, 12);
  expect(tailExcess(samples.slice(0, 19))).toBeUndefined();
  expect(tailExcess([...samples, 0])).toBeUndefined();
});

test("the quiet tail is the slowest step of quiet blocks, whatever happens in the others", () => {
  const every = (factor: number, from: number): number[] =>
    Array.from({ length: 240 }, (_, i) => {
      const own = i % 10 === 3 ? factor : 1;
      // Every step from there on is disturbed, each differently.
      return i >= from ? own * (2 + ((i * 0.618034) % 1)) : own;
    });
  expect(quietTail(every(1, 240))).toBe(1);
  expect(quietTail(every(1.3, 240))).toBeCloseTo(1.3, 12);
  for (const from of [60, 120]) {
    expect(quietTail(every(1, from))).toBe(1);
    expect(quietTail(every(1.3, from))).toBeCloseTo(1.3, 12);
  }
  expect(quietTail(new Array<number>(119).fill(1))).toBeUndefined();
  expect(quietTail(new Array<number>(120).fill(1))).toBe(1);
});

test("the quiet tail is the 5th percentile over blocks of 12 in order; what is left over is left out", () => {
  const blocks = Array.from({ length: 21 }, (_, block) => [
    ...new Array<number>(11).fill(1),
    21 - block,
  ]);
  expect(quietTail([...blocks.flat(), 0.5, 99])).toBe(2);
});

test("any samples above 0 give a number of at least 1", () => {
  const sample = fc.oneof(fc.double({ min: 1e-3, max: 1e12, noNaN: true }), fc.constantFrom(1, 2));
  fc.assert(
    fc.property(fc.array(sample, { minLength: 20 }), (samples) => {
      expect(tailExcess(samples)).toBeGreaterThanOrEqual(1 - 1e-12);
    }),
  );
});
