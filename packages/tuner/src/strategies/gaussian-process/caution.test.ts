// When proposals stop taking risks: made-up histories, one letter per trial.
import { expect, it } from "vitest";
import type { Entry } from "../ledger.ts";
import { cautionAfter } from "./caution.ts";

/** "+" is a new best result, "." a worse one, "x" a failure; eight trials of the initial design come first. */
function entriesOf(history: string): Entry[] {
  let best = 100;
  return Array.from(`+.......${history}`).map((letter, i) => {
    const entry = { point: [i], key: `${i}` };
    if (letter === "x") return entry;
    return { ...entry, costs: [letter === "+" ? --best : 1000], excesses: [] };
  });
}

it.each<[string, string, number, boolean]>([
  ["a search that gains may fail", "x+x.x+", 0.3, false],
  ["but not all the time", "x+xxx.+", 0.3, true],
  ["unless that is how the space is", "x+xxx.+", 0.7, false],
  ["an idle one may not", "+........x...", 0.3, true],
  ["until its failures are long past", `+x${".".repeat(31)}`, 0.3, false],
  ["which comes sooner where most fails", "+x.............", 0.7, false],
  ["and it does not matter what failed before anything was known", "", 0.3, false],
])("%s", (_what, history, share, isCautious) => {
  const caution = cautionAfter(entriesOf(history), share);
  expect(caution.isCautious).toBe(isCautious);
  expect(caution.leastChance).toBeGreaterThanOrEqual(isCautious ? 0.9 : 0.5);
});
