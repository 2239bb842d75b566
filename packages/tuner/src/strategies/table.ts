// All strategies by name. A new one is one file and one line here.
import { UsageError } from "@fastgpu/core";
import type { Problem } from "../problem.ts";
import type { Strategy, StrategyFactory } from "../strategy.ts";
import { exhaustive } from "./exhaustive.ts";
import { randomSearch } from "./random-search.ts";

/** Factories by name. */
export const strategyTable: Readonly<Record<string, StrategyFactory>> = {
  random: randomSearch,
  exhaustive,
};

/** Names of the strategies, the default first. */
export const strategyNames: readonly string[] = Object.keys(strategyTable);

/**
 * A strategy by name.
 *
 * @throws {UsageError} for a name that is not in the table
 */
export function createStrategy(name: string, problem: Problem): Strategy {
  const factory = Object.hasOwn(strategyTable, name) ? strategyTable[name] : undefined;
  if (factory === undefined) {
    throw new UsageError(
      `strategy: must be one of ${strategyNames.join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  return factory(problem);
}
