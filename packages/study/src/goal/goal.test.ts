// Texts of goals: units, names as people write them, and what is refused.
import { expect, test } from "vitest";
import { parseGoal } from "./goal.ts";

function goal(objectives: string[], constraints: string[]): ReturnType<typeof parseGoal> {
  const placed = (texts: string[]): { text: string; where: string }[] =>
    texts.map((text) => ({ text, where: "s.json:3:5" }));
  return parseGoal("inference", placed(objectives), placed(constraints));
}

test("bounds are in the units of their metrics", () => {
  expect(
    goal(
      [],
      [
        "p95 <= 20 ms",
        "p50<=0.5 s",
        "memory <= 8 GB",
        "memory <= 1 GiB",
        "accuracy loss <= 0.5 points",
        "accuracy >= 97.5 %",
      ],
    ),
  ).toEqual({
    objectives: [{ metric: "throughput", direction: "maximize" }],
    bounds: [
      { metric: "p95", atMost: 20 },
      { metric: "p50", atMost: 500 },
      { metric: "memory", atMost: 8e9 },
      { metric: "memory", atMost: 2 ** 30 },
      { metric: "accuracyLoss", atMost: 0.5 },
      { metric: "accuracy", atLeast: 0.975 },
    ],
  });
  expect(goal(["p95", "memory"], []).objectives).toEqual([
    { metric: "p95", direction: "minimize" },
    { metric: "memory", direction: "minimize" },
  ]);
});

test("what cannot be read is refused where it stands", () => {
  expect(() => goal(["latncy"], [])).toThrow(/^s\.json:3:5: metric must be one of throughput, p50/);
  expect(() => goal(["throughputt"], [])).toThrow(/did you mean "throughput"\?$/);
  expect(() => goal(["timeToAccuracy"], [])).toThrow(/for inference, got "timeToAccuracy"/);
  expect(() => goal([], ["p95 < 20 ms"])).toThrow(
    /^s\.json:3:5: must be <metric> <= <number> <unit>/,
  );
  expect(() => goal([], ["p95 <= 20"])).toThrow("p95 must have a unit of ns, us, ms, s, got none");
  expect(() => goal([], ["p95 <= 20 GB"])).toThrow('got "GB"');
  expect(() => goal([], ["p95 <= 1e999 ms"])).toThrow("bound must be a finite number");
});
