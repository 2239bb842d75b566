// Ask and tell with the two simplest strategies: nothing twice, an end, and the same again after a resume.
import { describe, expect, it } from "vitest";
import type { Observation } from "./observation.ts";
import type { Problem } from "./problem.ts";
import { Search } from "./search.ts";
import { Space } from "./space/space.ts";

const space = new Space({
  parameters: {
    a: { kind: "integer", min: 1, max: 6 },
    b: { kind: "ordinal", values: [1, 2, 4] },
  },
  constraints: ["a >= b"],
});
const problem: Problem = { space, objectives: [{ metric: "ms", direction: "minimize" }] };
const told = (configuration: Observation["configuration"], ms: number): Observation => ({
  configuration,
  outcome: { kind: "ok", values: { ms: { value: ms } } },
});

describe.each(["random", "exhaustive"])("%s", (strategy) => {
  it("proposes every configuration once, then none", () => {
    const search = new Search({ problem, strategy, seed: 5 });
    const keys = new Set<string>();
    for (;;) {
      const proposals = search.ask(2);
      if (proposals.length === 0) break;
      // The second of each pair is told first, and one stays pending for a while.
      for (const { configuration } of [...proposals].reverse()) {
        keys.add(space.keyOf(space.pointOf(configuration)));
        search.tell(told(configuration, 1));
      }
    }
    expect(keys.size).toBe(space.list()!.length);
    expect(search.history).toHaveLength(keys.size);
    expect(search.pending).toEqual([]);
  });

  it("goes on after a resume as if nothing had happened", () => {
    const first = new Search({ problem, strategy, seed: 9 });
    for (let i = 0; i < 6; i++) first.tell(told(first.ask()[0]!.configuration, i));
    const resumed = new Search({ problem, strategy, seed: 9 });
    for (const observation of first.history) resumed.tell(observation);
    expect(resumed.ask(3)).toEqual(first.ask(3));
  });
});

describe("what is refused", () => {
  const search = new Search({ problem, strategy: "random", seed: 1 });
  it.each<[string, () => void, string]>([
    [
      "an unknown strategy",
      () => new Search({ problem, strategy: "magic", seed: 1 }),
      "strategy: must be one of",
    ],
    [
      "NaN",
      () => {
        search.tell(told({ a: 1, b: 1 }, NaN));
      },
      "tell: ms must be a finite number, got NaN",
    ],
    [
      "a missing metric",
      () => {
        search.tell({ configuration: { a: 1, b: 1 }, outcome: { kind: "ok", values: {} } });
      },
      "got none; tell a trial without a result as failed",
    ],
    [
      "a foreign configuration",
      () => {
        search.tell(told({ a: 1, b: 3 }, 1));
      },
      "parameter b",
    ],
    [
      "no objective",
      () =>
        new Search({ problem: { space, objectives: [] as never }, strategy: "random", seed: 1 }),
      "objectives must be at least one",
    ],
    [
      "a bound without a number",
      () =>
        new Search({
          problem: { ...problem, bounds: [{ metric: "mb" }] },
          strategy: "random",
          seed: 1,
        }),
      "bound on mb must have",
    ],
    ["a count of 0", () => search.ask(0), "count must be a whole number of at least 1"],
  ])("%s", (_what, act, message) => {
    expect(act).toThrow(message);
  });
});
