// Two numbers for the slow steps of a process, because a slow step has one of two causes. Other work on the machine disturbs
// some steps, in bursts, and differently in each process; the work itself may be slower in every so many steps, however
// quiet the machine is. Quantiles such as p95 mix both and differ by half between identical processes;
// bench/gate/tail-statistics.mjs compares them with these.

import { quantile } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";

/** Part of the steps that is the tail. */
const tailShare = 0.1;

/**
 * The quantile that the tail is measured against: near enough to the tail to share its disturbances, and far enough
 * below it that a tail of a tenth, give or take, does not move it.
 */
const referenceProbability = 0.85;

/** With fewer samples the tail would be a single step. */
const minimumSamples = 20;

/**
 * How far the slowest steps lie above those just below them: geometric mean of the slowest tenth of the samples over their
 * 85th percentile, at least 1. Disturbances move both alike. It is the estimator of Hill (1975), "A simple general approach
 * to inference about the tail of a distribution", as a factor and with the threshold below the tail.
 *
 * @param samples - above 0
 * @returns Undefined for fewer than 20 samples or where one is not above 0.
 */
export function tailExcess(samples: readonly number[]): number | undefined {
  if (samples.length < minimumSamples) return undefined;
  const sorted = sortSamples(samples);
  if (sorted[0] <= 0) return undefined;
  const count = Math.round(tailShare * sorted.length);
  let logSum = 0;
  for (let i = sorted.length - count; i < sorted.length; i += 1) logSum += Math.log(sorted[i]!);
  return Math.exp(logSum / count) / quantile(sorted, referenceProbability);
}

/** Steps of a block: a tenth of the steps, evenly spread, has one in each. */
const blockSize = 12;

/** Which quantile of the blocks: the quietest ones, without resting on a single one. */
const quietProbability = 0.05;

/** With fewer blocks there would be no quiet ones among them. */
const minimumBlocks = 10;

/**
 * How slow the slowest of 12 steps in a row is while the machine is quiet: the 5th percentile of the slowest step of each
 * block. A quiet block has no disturbance, so what is slow in it is the work's own.
 *
 * @param samples - in the order they were taken
 * @returns In the unit of the samples; undefined for fewer than 120.
 */
export function quietTail(samples: readonly number[]): number | undefined {
  const slowest: number[] = [];
  for (let start = 0; start + blockSize <= samples.length; start += blockSize) {
    slowest.push(Math.max(...samples.slice(start, start + blockSize)));
  }
  return slowest.length < minimumBlocks
    ? undefined
    : quantile(sortSamples(slowest), quietProbability);
}
