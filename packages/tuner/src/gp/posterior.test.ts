// The Gaussian process against textbook formulas computed with a matrix library.
import { CholeskyDecomposition, inverse, Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { Space } from "../space/space.ts";
import { GrowingCholesky } from "./cholesky.ts";
import { blockSize } from "./elimination.ts";
import { FeatureTable, featuresOf, termsOf } from "./features.ts";
import { fitParameters, fittedKernel } from "./fit.ts";
import { covariance, CovarianceRow, type Kernel, type PointFeatures } from "./kernel.ts";
import { Likelihood, logPriors } from "./likelihood.ts";
import { CandidatePosterior } from "./posterior.ts";

const space = new Space({
  parameters: {
    mode: { kind: "categorical", values: ["a", "b", "c"] },
    tile: { kind: "ordinal", values: [1, 2, 4, 8] },
    deep: { kind: "integer", min: 1, max: 4, when: { mode: ["a", "b"] } },
    rate: { kind: "real", min: 0, max: 1 },
    split: { kind: "simplex", parts: 3, total: 6 },
  },
});
const terms = termsOf(space);
const random = Random.of(11);
const points = Array.from({ length: 40 }, () => space.sample(random));
const guesses = Float64Array.from(points, () => random.normal());
const features: PointFeatures[] = points.map((point, i) => ({
  features: featuresOf(space, terms, point),
  guess: guesses[i]!,
}));
const kernel: Kernel = {
  weights: Float64Array.from(terms, (_, t) => 0.2 + 0.3 * t),
  amplitude: 1.4,
  noise: 0.05,
  slope: 0.3,
};
const k = (a: number, b: number): number => covariance(kernel, terms, features[a]!, features[b]!);
// The library refuses a matrix that is symmetric up to rounding only.
const symmetric = (a: number, b: number): number => k(Math.max(a, b), Math.min(a, b));
const table = FeatureTable.of(space, terms, points);

describe("the kernel", () => {
  it("is Matern 5/2 of the weighted distance plus the linear term", () => {
    const at = (configuration: Record<string, number | string | number[]>): PointFeatures => ({
      features: featuresOf(space, terms, space.pointOf(configuration)),
      guess: 0,
    });
    const a = at({ mode: "a", tile: 2, deep: 1, rate: 0.25, split: [1, 2, 3] });
    const b = at({ mode: "c", tile: 8, rate: 0.75, split: [2, 2, 2] });
    // mode differs; tile: ranks 1/3 and 1, differs; deep: rank 0 against the middle, differs; rate; split by 1/6.
    const distances = [1, (2 / 3) ** 2, 1, 0.25, 1, 0.25, 1 / 36, 0, 1 / 36];
    const squared = distances.reduce((sum, d, t) => sum + d * kernel.weights[t]!, 0);
    const r = Math.sqrt(squared);
    const expected = 1.4 * (1 + Math.sqrt(5) * r + (5 / 3) * squared) * Math.exp(-Math.sqrt(5) * r);
    expect(covariance(kernel, terms, a, b)).toBeCloseTo(expected, 8);
  });

  it("has the same values row by row", () => {
    const row = new CovarianceRow(kernel, features[7]!, table, guesses);
    const [whole, part] = [new Float64Array(points.length), new Float64Array(5)];
    row.write(whole, 0, points.length);
    row.write(part, 20, 25);
    whole.forEach((value, i) => {
      expect(value).toBeCloseTo(k(7, i), 10);
    });
    expect(part).toEqual(whole.slice(20, 25));
  });
});

describe("the growing factor", () => {
  const size = 12;
  const matrix = Matrix.from1DArray(
    size,
    size,
    Array.from({ length: size * size }, (_, i) => symmetric(Math.floor(i / size), i % size)),
  ).add(Matrix.eye(size, size, 0.1));
  const factor = new GrowingCholesky();
  for (let i = 0; i < size; i++) factor.append(matrix.getRow(i), matrix.get(i, i));

  it("is that of the library", () => {
    const expected = new CholeskyDecomposition(matrix).lowerTriangularMatrix;
    for (let i = 0; i < size; i++) {
      factor.row(i).forEach((value, j) => {
        expect(value).toBeCloseTo(expected.get(i, j), 10);
      });
    }
  });

  it("solves as the library does, and after losing rows too", () => {
    const y = Array.from({ length: size }, (_, i) => Math.sin(i));
    const x = factor.solveUpper(factor.solveLower(y));
    const expected = solve(matrix, Matrix.columnVector(y)).getColumn(0);
    x.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 9);
    });
    factor.truncate(5);
    for (let i = 5; i < size; i++) factor.append(matrix.getRow(i), matrix.get(i, i));
    expect(factor.solveUpper(factor.solveLower(y))).toEqual(x);
  });
});

describe("the posterior", () => {
  const observed = [3, 8, 15, 21, 22, 30, 31, 36, 39, 1, 0];
  const noises = observed.map((_, i) => 0.01 * i);
  const targets = observed.map((_, i) => Math.cos(i));
  const covariances = new Matrix(
    observed.map((a, i) =>
      observed.map((b, j) => k(a, b) + (i === j ? kernel.noise + noises[i]! : 0)),
    ),
  );
  const inverted = inverse(covariances);
  const expectedAt = (candidate: number): { mean: number; variance: number } => {
    const cross = Matrix.columnVector(observed.map((a) => k(a, candidate)));
    const weights = inverted.mmul(cross);
    const mean = targets.reduce((sum, target, i) => sum + target * weights.get(i, 0), 0);
    return { mean, variance: k(candidate, candidate) - cross.transpose().mmul(weights).get(0, 0) };
  };
  const posterior = new CandidatePosterior(kernel, table, guesses);
  observed.forEach((index, i) => {
    posterior.append(features[index]!, noises[i]!);
  });

  it("agrees with the closed form at every candidate, all at once and one by one", () => {
    posterior.setTargets(targets);
    const once = posterior.means.slice();
    posterior.setTargets(targets.slice(0, 4));
    targets.slice(4).forEach((target) => {
      posterior.appendTarget(target);
    });
    points.forEach((_, candidate) => {
      const expected = expectedAt(candidate);
      // Rows are 32-bit: errors of 2^-24 per row and unit of covariance.
      expect(posterior.means[candidate]).toBeCloseTo(expected.mean, 5);
      expect(once[candidate]).toBeCloseTo(expected.mean, 5);
      expect(posterior.variances[candidate]).toBeCloseTo(expected.variance, 5);
      const direct = posterior.predict(features[candidate]!);
      expect(direct.mean).toBeCloseTo(expected.mean, 10);
      expect(direct.variance).toBeCloseTo(expected.variance, 10);
    });
  });

  it("is the same for observations all at once, over several blocks of candidates", () => {
    const many = Array.from({ length: 2 * blockSize + 37 }, () => space.sample(random));
    const large = FeatureTable.of(space, terms, many);
    const [one, all] = [
      new CandidatePosterior(kernel, large),
      new CandidatePosterior(kernel, large),
    ];
    const observations = observed.map((index, i) => ({
      point: { features: features[index]!.features, guess: 0 },
      variance: noises[i]!,
    }));
    for (const { point, variance } of observations) one.append(point, variance);
    all.appendAll(observations.slice(0, 4));
    all.appendAll(observations.slice(4));
    for (const posterior of [one, all]) posterior.setTargets(targets);
    many.forEach((_, i) => {
      expect(all.means[i]).toBeCloseTo(one.means[i]!, 6);
      expect(all.variances[i]).toBeCloseTo(one.variances[i]!, 6);
    });
    const last = many.length - 1;
    const direct = all.predict({ features: featuresOf(space, terms, many[last]!), guess: 0 });
    expect(all.means[last]).toBeCloseTo(direct.mean, 5);
    expect(all.variances[last]).toBeCloseTo(direct.variance, 5);
  });

  it("knows the mean at its own observations", () => {
    posterior.setTargets(targets);
    posterior.fittedMeans(targets).forEach((mean, i) => {
      expect(mean).toBeCloseTo(expectedAt(observed[i]!).mean, 9);
    });
  });

  it("lowers variances while trials are pending and leaves no trace of them", () => {
    const before = posterior.variances.slice();
    posterior.during([features[10]!, features[11]!], () => {
      expect(posterior.variances[10]).toBeLessThan(before[10]! / 2);
    });
    expect(posterior.variances).toEqual(before);
    expect(posterior.size).toBe(observed.length);
  });
});

describe("the fit", () => {
  const data = {
    terms,
    points: features.slice(0, 25),
    targets: Float64Array.from({ length: 25 }, (_, i) => Math.sin(2 * i)),
    variances: Float64Array.from({ length: 25 }, (_, i) => 0.001 * i),
  };

  it("has the gradient of its value", () => {
    const likelihood = new Likelihood(data);
    const at = Float64Array.from(logPriors(terms), ({ mean }, p) => mean + 0.1 * Math.sin(p));
    const gradient = new Float64Array(at.length);
    likelihood.evaluate(at, gradient);
    const unused = new Float64Array(at.length);
    const step = 1e-5;
    at.forEach((_, p) => {
      const [low, high] = [-step, step].map((shift) => {
        const moved = at.slice();
        moved[p]! += shift;
        return likelihood.evaluate(moved, unused);
      });
      expect(gradient[p]).toBeCloseTo((high! - low!) / (2 * step), 4);
    });
  });

  it("has the marginal likelihood of the textbook as its value", () => {
    const at = Float64Array.from(logPriors(terms), ({ mean }) => mean);
    const fitted = fittedKernel(data, at);
    const matrix = new Matrix(
      data.points.map((a, i) =>
        data.points.map(
          (b, j) =>
            covariance(fitted, terms, i < j ? b : a, i < j ? a : b) +
            (i === j ? fitted.noise + data.variances[i]! : 0),
        ),
      ),
    );
    const y = Matrix.columnVector([...data.targets]);
    const quadratic = y.transpose().mmul(solve(matrix, y)).get(0, 0);
    const factor = new CholeskyDecomposition(matrix).lowerTriangularMatrix;
    const logDeterminant = factor.diagonal().reduce((sum, d) => sum + 2 * Math.log(d), 0);
    // At the prior means the log priors are 0.
    const value = new Likelihood(data).evaluate(at, new Float64Array(at.length));
    expect(value).toBeCloseTo(0.5 * (quadratic + logDeterminant), 8);
  });

  it("finds which parameter matters", () => {
    const rate = terms.findIndex(({ axis }) => space.axes[axis]!.name === "rate");
    const only = {
      ...data,
      targets: data.targets.map((_, i) => Math.sin(6 * data.points[i]!.features[rate]!)),
    };
    const parameters = fitParameters(only, { iterations: 60 });
    const moved = parameters.map((value, p) => value - logPriors(terms)[p]!.mean);
    expect(moved.indexOf(Math.max(...moved.slice(3)))).toBe(3 + rate);
    const gradient = new Float64Array(parameters.length);
    const likelihood = new Likelihood(only);
    const start = Float64Array.from(logPriors(terms), ({ mean }) => mean);
    expect(likelihood.evaluate(parameters, gradient)).toBeLessThan(
      likelihood.evaluate(start, gradient) - 5,
    );
  });
});
