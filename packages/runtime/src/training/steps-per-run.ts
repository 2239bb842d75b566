// How many training steps one run of the engine makes.
import { graphCost, UsageError, type Graph } from "@fastgpu/core";

/** Steps per run where the cost of a run shows: beyond it the gain is within noise, compile time is not. */
const manySteps = 10;

/**
 * A step with fewer operations takes well under 10 ms on one core, so that the fixed cost of a run and the copies of
 * state into and out of it are more than a per cent of it.
 */
const smallStepFlops = 2e8;

/**
 * The steps per run that a training uses.
 *
 * @param asked - an integer >= 1, or `auto`
 * @param stepsPerEpoch - full steps of an epoch; never exceeded
 * @throws {UsageError} for any other number
 */
export function chooseStepsPerRun(
  asked: number | "auto",
  step: Graph,
  stepsPerEpoch: number,
): number {
  if (asked !== "auto" && (!Number.isSafeInteger(asked) || asked < 1)) {
    throw new UsageError(`stepsPerRun: must be an integer >= 1 or "auto", got ${asked}`);
  }
  const wanted =
    asked === "auto" ? (graphCost(step).flops < smallStepFlops ? manySteps : 1) : asked;
  return Math.max(1, Math.min(wanted, stepsPerEpoch));
}
