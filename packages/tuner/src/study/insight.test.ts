// What a study says beside its answer, on a function whose parts are known.
import { expect, test } from "vitest";
import { heldOutPredictions, importanceOf } from "./insight.ts";
import { studySchema, type StudyLine } from "./study-line.ts";
import { studyStateOf, type StudyState } from "./study-state.ts";

/** All 6 x 5 x 3 trials of speed = 2^x (1 + .05 y), which z does nothing for. */
function whole(count = 90): StudyState {
  const lines: StudyLine[] = [
    {
      kind: "header",
      header: {
        schema: studySchema,
        studyId: "s",
        startedAt: "2026-01-01T00:00:00Z",
        subject: {},
        space: {
          parameters: {
            x: { kind: "integer", min: 0, max: 5 },
            y: { kind: "integer", min: 0, max: 4 },
            z: { kind: "categorical", values: ["a", "b", "c"] },
          },
        },
        objectives: [{ metric: "speed", direction: "maximize" }],
        bounds: [],
        strategy: "exhaustive",
        seed: 0,
      },
    },
  ];
  for (let trial = 0; trial < count; trial++) {
    const [x, y, z] = [trial % 6, Math.floor(trial / 6) % 5, "abc".charAt(Math.floor(trial / 30))];
    const values = { speed: { value: 2 ** x * (1 + 0.05 * y) } };
    lines.push({ kind: "ask", trial, configuration: { x, y, z }, origin: "strategy" });
    lines.push({ kind: "tell", trial, outcome: { kind: "ok", values } });
  }
  return studyStateOf(lines);
}

test("the parameter that makes the difference explains nearly all of it", () => {
  const shares = Object.fromEntries(
    importanceOf(whole()).map(({ parameter, share }) => [parameter, share]),
  );
  // Variance of the logarithm: x gives 35/12 ln(2)^2 = 1.401; y gives that of ln 1 .. ln 1.2, .0041: 0.3%.
  expect(shares["x"]).toBeGreaterThan(0.97);
  expect(shares["y"]).toBeLessThan(0.02);
  expect(shares["z"]).toBeLessThan(0.005);
});

test("trials are predicted from others, and the interval holds most of them", () => {
  const predictions = heldOutPredictions(whole());
  expect(predictions).toHaveLength(90);
  const within = predictions.filter(
    ({ measured, low, high }) => measured >= low && measured <= high,
  );
  expect(within.length).toBeGreaterThan(80);
  const ratios = predictions.map(({ predicted, measured }) =>
    Math.abs(Math.log(predicted / measured)),
  );
  expect(Math.max(...ratios)).toBeLessThan(0.7);
});

test("few trials say nothing", () => {
  expect(importanceOf(whole(9))).toEqual([]);
  expect(heldOutPredictions(whole(9))).toEqual([]);
});
