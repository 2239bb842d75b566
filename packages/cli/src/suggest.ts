// Did-you-mean for names that a user may mistype.
import { closest, distance } from "fastest-levenshtein";

/**
 * The known name that was probably meant.
 *
 * @param given - what the user wrote
 * @param known - names to choose from
 * @returns undefined when nothing is near: more than two edits, or more than a third of the letters, away
 */
export function suggest(given: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(given.toLowerCase(), known);
  const edits = distance(given.toLowerCase(), nearest);
  const isNear = edits <= 2 && edits <= Math.max(1, Math.floor(nearest.length / 3));
  return isNear || (given.length >= 3 && nearest.startsWith(given)) ? nearest : undefined;
}

/** What to do about an unknown name, as the end of an error: `; did you mean x?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = suggest(given, known);
  return name === undefined ? "" : `; did you mean ${name}?`;
}
