// Which backend a model gets: by name, from a list by measured steps, or "auto"; and clear refusals.
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { backendCandidates } from "../src/backend-candidates.ts";
import * as fg from "../src/index.ts";
import { tinyDataset } from "./tiny-data.ts";

/** Runs every graph on the float64 interpreter, orders of magnitude slower than an engine. */
const reference = fileURLToPath(
  new URL("../../runtime/test/fixtures/reference-backend.mjs", import.meta.url),
);
const objective = { loss: "categoricalCrossentropy", optimizer: "sgd" } as const;

let model: fg.Model;
afterEach(() => model.dispose());

function wide(): fg.Model {
  return new fg.Model()
    .add(fg.layers.input(3))
    .add(fg.layers.dense(64, { activation: "relu" }))
    .add(fg.layers.dense(2, { activation: "softmax" }));
}

test("a race of two is won by the faster, and says how both did", async () => {
  model = wide();
  await model.compile({ ...objective, backend: [reference, "onnx"], threads: 1 });
  const { backend, race } = await model.placement();
  expect(backend).toBe("onnx");
  expect(race.map((entry) => entry.backend).sort()).toEqual([reference, "onnx"].sort());
  const times = new Map(
    race.map((entry) => [entry.backend, "stepDurationNs" in entry ? entry.stepDurationNs : NaN]),
  );
  expect(times.get("onnx")).toBeLessThan(times.get(reference) ?? NaN);
  const history = await model.fit(tinyDataset(), { verbose: false });
  expect(history.last["loss"]).toBeLessThan(2);
});

test("a candidate that is not there does not spoil the race", async () => {
  model = wide();
  await model.compile({ ...objective, backend: ["absent", "onnx"], threads: 1 });
  const { backend, race } = await model.placement();
  expect(backend).toBe("onnx");
  expect(race).toEqual([
    { backend: "absent", reason: expect.stringContaining("@fastgpu/backend-absent") as string },
  ]);
});

test("auto is what is installed", async () => {
  expect(backendCandidates("auto")).toContain("onnx");
  expect(backendCandidates("./mine.mjs")).toEqual(["./mine.mjs"]);
  expect(() => backendCandidates([])).toThrow("backend must name one or more, got an empty list");
  model = wide();
  await model.compile(objective);
  expect((await model.placement()).backend).toBe("onnx");
});

test("an absent backend and an absent device are refused with a fix", async () => {
  model = wide();
  const absent = model.compile({ ...objective, backend: "absent" });
  await expect(absent).rejects.toThrow(fg.BackendUnavailableError);
  await expect(absent).rejects.toMatchObject({ fix: "npm install @fastgpu/backend-absent" });
  const path = model.compile({ ...objective, backend: "./absent.mjs" });
  await expect(path).rejects.toThrow('backend: module must exist, got no "./absent.mjs"');
  const nowhere = model.compile({ ...objective, backend: "onnx", device: "cuda:99" });
  await expect(nowhere).rejects.toThrow("device must be one of its devices");
  await expect(model.compile({ ...objective, backend: ["a", "b"] })).rejects.toThrow(
    /^compile: a backend must be able to run the model, got backend/,
  );
  await expect(model.predict([[1, 2, 3]])).rejects.toThrow("must be compiled");
});
