// What is known before the first trial, as one number per point: a roofline of the caller, or the model of an earlier
// study, which itself starts from the roofline. It enters the covariance as a linear term whose slope is learned, so a wrong
// guess costs little.
import { FeatureTable, featuresOf, type Term } from "../../gp/features.ts";
import { normalScores } from "../../gp/scores.ts";
import type { Problem } from "../../problem.ts";
import { Random } from "../../random.ts";
import type { Point, Space } from "../../space/space.ts";
import { Ledger, withoutBounds } from "../ledger.ts";
import { scalarCosts } from "../scalar-costs.ts";
import type { GaussianProcessOptions } from "./options.ts";
import { Regression } from "./regression.ts";

// Points that the mean and the spread of a guess are taken from.
const referenceCount = 512;
const leastEarlier = 4;

/** A guess with mean 0 and variance 1 over the space, or undefined where there is none. */
export function guessOf(
  problem: Problem,
  terms: readonly Term[],
  { guess, earlier = [] }: GaussianProcessOptions,
): ((point: Point) => number) | undefined {
  const { space } = problem;
  const given = guess && standardised(space, (point) => guess(space.configurationOf(point)));
  const model = modelOf(problem, terms, earlier, given);
  return model === undefined ? given : standardised(space, model);
}

/** With mean 0 and variance 1 over the space; undefined where it does not vary. */
function standardised(
  space: Space,
  raw: (point: Point) => number,
): ((point: Point) => number) | undefined {
  const random = Random.of(referenceCount);
  const reference = Array.from({ length: referenceCount }, () => raw(space.sample(random)));
  const finite = reference.filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / Math.max(1, finite.length);
  const variance =
    finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, finite.length);
  if (!(variance > 0)) return undefined;
  const known = new Map<string, number>();
  return (point) => {
    const key = space.keyOf(point);
    const stored = known.get(key);
    if (stored !== undefined) return stored;
    const value = raw(point);
    const score = Number.isFinite(value) ? (value - mean) / Math.sqrt(variance) : 0;
    known.set(key, score);
    return score;
  };
}

function modelOf(
  problem: Problem,
  terms: readonly Term[],
  earlier: GaussianProcessOptions["earlier"] & object,
  given: ((point: Point) => number) | undefined,
): ((point: Point) => number) | undefined {
  const { space } = problem;
  const ledger = new Ledger(problem);
  ledger.update(earlier);
  const measured = ledger.entries.filter(({ costs }) => costs !== undefined);
  if (measured.length < leastEarlier) return undefined;
  const costs = scalarCosts(measured.map(withoutBounds), Random.of(0));
  const scores = normalScores(costs, new Float64Array(costs.length));
  const samples = measured.map(({ point }, i) => ({
    point: { features: featuresOf(space, terms, point), guess: given?.(point) ?? 0 },
    target: scores.targets[i]!,
    variance: 0,
  }));
  const nowhere = { table: FeatureTable.of(space, terms, []), guesses: undefined };
  const posterior = new Regression(terms, samples).posterior(nowhere);
  return (point) => {
    const guess = given?.(point) ?? 0;
    return posterior.predict({ features: featuresOf(space, terms, point), guess }).mean;
  };
}
