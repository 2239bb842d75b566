// The normal distribution against published values (Abramowitz and Stegun, tables 26.1 and 26.2) and by quadrature.
import { describe, expect, it } from "vitest";
import { logImprovement, logNormalCumulative, normalCumulative, normalQuantile } from "./normal.ts";
import { normalScores, scoreOf } from "./scores.ts";

describe("the normal distribution", () => {
  it.each([
    [0, 0.5],
    [1, 0.841344746068543],
    [2, 0.977249868051821],
    [-1, 0.158655253931457],
    [-3, 0.00134989803163],
    [-5, 2.866515719e-7],
  ])("P(%d) = %d", (x, expected) => {
    expect(normalCumulative(x) / expected).toBeCloseTo(1, 6);
    expect(logNormalCumulative(x)).toBeCloseTo(Math.log(expected), 6);
  });

  it("has finite logarithms far out", () => {
    // log P(-20) = -203.917155 and log P(-40) = -804.608442 (asymptotic series to five terms).
    expect(logNormalCumulative(-20)).toBeCloseTo(-203.917155, 4);
    expect(logNormalCumulative(-40)).toBeCloseTo(-804.608442, 4);
  });

  it.each([
    [0.975, 1.959963984540054],
    [0.9, 1.281551565544601],
    [0.01, -2.326347874040841],
    [1e-6, -4.753424308822899],
  ])("quantile(%d) = %d", (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 6);
  });
});

describe("the improvement", () => {
  // E max(0, u + Z) = integral of P(Z > t) from -u: Simpson's rule in log space far enough out.
  const byQuadrature = (u: number): number => {
    const [from, steps, width] = [-u, 20_000, 12];
    const h = width / steps;
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
      sum += weight * (1 - normalCumulative(from + i * h) || normalCumulative(-from - i * h));
    }
    return Math.log((sum * h) / 3);
  };
  it.each([-5, -3, -1.001, -0.999, 0, 1, 3])("agrees with quadrature at %d", (u) => {
    expect(logImprovement(u)).toBeCloseTo(byQuadrature(u), 4);
  });

  it("is continuous where its formula changes and falls all the way", () => {
    for (const u of [-1, -5, -30]) {
      expect(logImprovement(u - 1e-9)).toBeCloseTo(logImprovement(u + 1e-9), u === -30 ? 2 : 5);
    }
    for (let u = -60; u < 5; u += 0.5) {
      expect(logImprovement(u)).toBeLessThan(logImprovement(u + 0.5));
    }
  });
});

describe("normal scores", () => {
  it("are Blom's", () => {
    // Expected order statistics of 5 draws are -1.163, -0.495, 0, 0.495, 1.163; Blom is within 0.02.
    const { targets } = normalScores(Float64Array.of(50, 10, 30, 20, 40), new Float64Array(5));
    [1.163, -1.163, 0, -0.495, 0.495].forEach((expected, i) => {
      expect(Math.abs(targets[i]! - expected)).toBeLessThan(0.02);
    });
  });

  it("give ties one score and pass variances on by the slope", () => {
    const values = Float64Array.of(1, 2, 2, 4);
    const { targets, variances } = normalScores(values, Float64Array.of(0, 0.01, 0, 100));
    expect(targets[1]).toBe(targets[2]);
    expect(targets[0]).toBeLessThan(targets[1]!);
    expect(variances[0]).toBe(0);
    expect(variances[1]).toBeGreaterThan(0);
    expect(variances[3]).toBe(1);
  });

  it("place a later value between its neighbours", () => {
    const values = Float64Array.of(10, 20, 40);
    const scores = normalScores(values, new Float64Array(3));
    expect(scoreOf(30, values, scores)).toBeCloseTo(
      (scores.targets[1]! + scores.targets[2]!) / 2,
      12,
    );
    expect(scoreOf(20, values, scores)).toBe(scores.targets[1]);
    expect(scoreOf(99, values, scores)).toBe(scores.targets[2]);
  });
});
