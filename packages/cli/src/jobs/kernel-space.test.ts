// A kernel's choices as a space: all of them and nothing else, and a search that learns from like to like.
import { Search } from "@fastgpu/tuner";
import { expect, test } from "vitest";
import { kernelSpace } from "./kernel-space.ts";

const tiled = [16, 32, 64, 128].flatMap((rows) =>
  [16, 32, 64, 128].flatMap((columns) =>
    [1, 2, 4].map((split) => ({ method: 1, rows, columns, split })),
  ),
);
const plain = [1, 2, 4].map((split) => ({ method: 3, split }));

test("every choice is a configuration and comes back", () => {
  const choices = [...tiled, ...plain];
  const { space, configurationOf, choiceOf } = kernelSpace(choices);
  expect(space.list()).toHaveLength(choices.length);
  for (const choice of choices) expect(choiceOf(configurationOf(choice))).toBe(choice);
  expect(configurationOf(plain[0]!)).toEqual({ form: "method split", method: 3, split: 1 });
});

test("sizes that all share are no parameters, and one choice is a space too", () => {
  const { space, configurationOf } = kernelSpace(tiled);
  expect(space.axes.map(({ name }) => name)).toEqual(["rows", "columns", "split"]);
  expect(configurationOf(tiled[0]!)).toEqual({ rows: 16, columns: 16, split: 1 });
  expect(kernelSpace(tiled).guess).toBe(
    "abs(log2((rows + 1) / 17)) + abs(log2((columns + 1) / 17)) + abs(log2((split + 1) / 2))",
  );
  expect(kernelSpace([{ method: 3 }]).space.list()).toHaveLength(1);
});

test("the search finds the best of 51 choices in a third of them", () => {
  const cost = ({
    method,
    rows = 0,
    columns = 0,
    split,
  }: Partial<Record<string, number>>): number =>
    method === 3
      ? 9 + (split ?? 0)
      : 1 + Math.abs(Math.log2(rows / 64)) + Math.abs(Math.log2(columns / 32)) + (split ?? 0) / 4;
  const trials = [1, 2, 3, 4, 5].map((seed) => {
    const { space, choiceOf, guess } = kernelSpace([...tiled, ...plain]);
    const objectives = [{ metric: "ns", direction: "minimize" }] as const;
    const search = new Search({
      problem: { space, objectives },
      strategy: "gp",
      seed,
      prior: { guess },
    });
    for (let trial = 1; ; trial++) {
      const { configuration } = search.ask()[0]!;
      const value = cost(choiceOf(configuration));
      if (value === 1.25) return trial;
      search.tell({ configuration, outcome: { kind: "ok", values: { ns: { value } } } });
    }
  });
  expect(Math.max(...trials)).toBeLessThanOrEqual(17);
});
