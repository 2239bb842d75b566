// What is known before the first trial, as plain data: it crosses threads and is kept in the journal, so that a resumed study
// starts from the same knowledge.
import type { Observation } from "./observation.ts";
import type { Problem } from "./problem.ts";
import { parseFormula } from "./space/expression.ts";
import type { Configuration } from "./space/declaration.ts";

/** What a search may start from. Strategies that have no use for it ignore it. */
export interface Prior {
  /**
   * A guess of the first objective as a cost (lower is better) in the language of constraints, such as a roofline:
   * `"max(2e6 * batch / threads, 1e5 + 4e4 * batch) / batch"`. Only its shape counts.
   */
  readonly guess?: string;
  /** Trials of an earlier study of the same thing on the same machine. */
  readonly earlier?: readonly Observation[];
}

/**
 * The guess as a function; undefined if there is none.
 *
 * @throws {UsageError} for text that does not parse or names what is no parameter
 */
export function guessFunction(
  { space }: Problem,
  { guess }: Prior,
): ((configuration: Configuration) => number) | undefined {
  if (guess === undefined) return undefined;
  return parseFormula(guess, new Set(space.axes.map(({ name }) => name)));
}
