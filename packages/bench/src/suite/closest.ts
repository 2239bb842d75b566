// The name that was probably meant.
import { distance } from "fastest-levenshtein";

/** `; did you mean "x"?` for the closest candidate that is close, else an empty text. */
export function didYouMean(given: string, candidates: Iterable<string>): string {
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of candidates) {
    const edits = distance(given.toLowerCase(), name.toLowerCase());
    if (edits < (best?.edits ?? Infinity)) best = { name, edits };
  }
  // A third of the letters may be wrong; with more, a guess is as likely to mislead.
  const isClose = best !== undefined && best.edits <= Math.max(1, Math.ceil(given.length / 3));
  return isClose && best !== undefined ? `; did you mean "${best.name}"?` : "";
}
