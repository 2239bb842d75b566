// All strategies by name. A new one is one file and one line here.
import { UsageError } from "@fastgpu/core";
import { guessFunction, type Prior } from "../prior.ts";
import type { Problem } from "../problem.ts";
import type { Strategy, StrategyFactory } from "../strategy.ts";
import { asha } from "./asha.ts";
import { evolutionarySearch } from "./evolutionary.ts";
import { exhaustive } from "./exhaustive.ts";
import { gaussianProcess } from "./gaussian-process/gaussian-process.ts";
import { randomSearch } from "./random-search.ts";
import { latinHypercubeSearch, sobolSearch } from "./sequence.ts";
import { tpeSearch } from "./tpe.ts";

/** Factories by name. */
export const strategyTable: Readonly<Record<string, StrategyFactory>> = {
  gp: (problem, prior) => {
    const guess = guessFunction(problem, prior);
    const { earlier } = prior;
    return gaussianProcess(problem, {
      ...(guess === undefined ? {} : { guess }),
      ...(earlier === undefined ? {} : { earlier }),
    });
  },
  tpe: tpeSearch,
  evolutionary: evolutionarySearch,
  random: randomSearch,
  sobol: sobolSearch,
  lhs: latinHypercubeSearch,
  exhaustive,
  asha: (problem) => asha(problem, randomSearch(problem)),
};

/** Names of the strategies, the default first. */
export const strategyNames: readonly string[] = Object.keys(strategyTable);

/**
 * A strategy by name.
 *
 * @throws {UsageError} for a name that is not in the table, or a guess that is no formula of the space
 */
export function createStrategy(name: string, problem: Problem, prior: Prior = {}): Strategy {
  const factory = Object.hasOwn(strategyTable, name) ? strategyTable[name] : undefined;
  if (factory === undefined) {
    throw new UsageError(
      `strategy: must be one of ${strategyNames.join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  return factory(problem, prior);
}
