// Initial numbers: mean, variance and bounds as published, the same for the same seed, and orthogonality.
import { expect, test } from "vitest";
import type { ParameterInfo } from "../model/parameters.ts";
import { initializeParameters } from "../model/parameters.ts";
import { configureNamed, type NamedConfig } from "../model/config.ts";
import { randomStream } from "./random-stream.ts";
import * as table from "./table.ts";

const [fanIn, fanOut] = [300, 200];

function draw(
  named: NamedConfig,
  shape: readonly number[] = [fanIn, fanOut],
  seed = 1,
): Float64Array {
  return configureNamed(
    "initializer",
    table,
    named,
  )({ shape, fanIn, fanOut }, randomStream(seed, "w"));
}

function moments(values: Float64Array): { mean: number; variance: number; largest: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    mean,
    variance,
    largest: values.reduce((max, value) => Math.max(max, Math.abs(value)), 0),
  };
}

// 60,000 numbers: the mean is off by sigma / 245, the variance by less than 0.6% (normal), at one standard error; five
// are allowed.
const count = fanIn * fanOut;

test.each<readonly [NamedConfig, number, number]>([
  // name, variance, bound: Glorot and Bengio 2010, He et al. 2015, LeCun et al. 1998.
  ["glorotUniform", 2 / (fanIn + fanOut), Math.sqrt(6 / (fanIn + fanOut))],
  ["glorotNormal", 2 / (fanIn + fanOut), (2 * Math.sqrt(2 / (fanIn + fanOut))) / 0.87962566],
  ["heUniform", 2 / fanIn, Math.sqrt(6 / fanIn)],
  ["heNormal", 2 / fanIn, (2 * Math.sqrt(2 / fanIn)) / 0.87962566],
  ["lecunUniform", 1 / fanIn, Math.sqrt(3 / fanIn)],
  ["lecunNormal", 1 / fanIn, (2 * Math.sqrt(1 / fanIn)) / 0.87962566],
  ["uniform", 0.1 ** 2 / 12, 0.05],
  [{ name: "normal", stddev: 0.5 }, 0.25, Infinity],
  // A standard normal cut at +-2 has variance 0.7737.
  [{ name: "truncatedNormal", stddev: 0.5 }, 0.25 * 0.77374, 1],
])("%o has mean 0, variance %d and bound %d", (named, expectedVariance, bound) => {
  const { mean, variance, largest } = moments(draw(named));
  expect(Math.abs(mean)).toBeLessThan((5 * Math.sqrt(expectedVariance)) / Math.sqrt(count));
  expect(Math.abs(variance / expectedVariance - 1)).toBeLessThan(0.03);
  expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-7));
  if (Number.isFinite(bound)) expect(largest).toBeGreaterThan(bound * 0.99);
});

test("a share of 68.3% and 95.4% of a normal lies within one and two deviations", () => {
  const values = draw({ name: "normal", mean: 3, stddev: 2 });
  for (const [width, share] of [
    [1, 0.6827],
    [2, 0.9545],
  ] as const) {
    const within = values.filter((value) => Math.abs(value - 3) < 2 * width).length / count;
    expect(Math.abs(within - share)).toBeLessThan(0.01);
  }
});

test("fills", () => {
  expect([...draw("zeros", [3])]).toEqual([0, 0, 0]);
  expect([...draw("ones", [2, 2])]).toEqual([1, 1, 1, 1]);
  expect([...draw({ name: "constant", value: 0.25 }, [2])]).toEqual([0.25, 0.25]);
});

test.each([[[4, 7]], [[7, 4]], [[5, 5]], [[3, 2, 4]]])(
  "orthogonal %o: rows or columns are orthonormal, times the gain",
  (shape) => {
    const values = draw({ name: "orthogonal", gain: 3 }, shape);
    const rows = shape[0]!;
    const columns = values.length / rows;
    const isWide = rows <= columns;
    const [vectors, length] = isWide ? [rows, columns] : [columns, rows];
    const at = (i: number, j: number): number =>
      values[isWide ? i * columns + j : j * columns + i]!;
    for (let a = 0; a < vectors; a++) {
      for (let b = 0; b < vectors; b++) {
        const product = Array.from({ length }, (_, j) => at(a, j) * at(b, j)).reduce(
          (x, y) => x + y,
          0,
        );
        expect(product).toBeCloseTo(a === b ? 9 : 0, 10);
      }
    }
  },
);

test("equal seeds give equal numbers, other seeds and names others, whatever the order", () => {
  expect(draw("heNormal")).toEqual(draw("heNormal"));
  expect(draw("heNormal", [8], 2)).not.toEqual(draw("heNormal", [8]));
  const parameter = (name: string): ParameterInfo => ({
    name,
    shape: [4],
    role: "parameter",
    isTrainable: true,
    isDecayed: true,
    initialize: (random) => Float64Array.from({ length: 4 }, () => random.normal()),
  });
  const [a, b] = [parameter("a"), parameter("b")];
  const forward = initializeParameters([a, b], 5);
  expect(initializeParameters([b, a], 5)).toEqual({ b: forward["b"], a: forward["a"] });
  expect(forward["a"]!.data).not.toEqual(forward["b"]!.data);
});

test("unknown initializers are refused", () => {
  expect(() => draw("xavier")).toThrow(
    `initializer: name must be one of ${Object.keys(table).sort().join(", ")}, got "xavier"`,
  );
});
