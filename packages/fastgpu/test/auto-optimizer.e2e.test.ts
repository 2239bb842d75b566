// `optimizer: "auto"`: the race, what it leaves behind, and that it is the same for the same seed.
import { afterEach, expect, test } from "vitest";
import * as fg from "../src/index.ts";
import { tinyDataset } from "./tiny-data.ts";

let model: fg.Model;
afterEach(() => model.dispose());

function small(): fg.Model {
  return new fg.Model()
    .add(fg.layers.input(3))
    .add(fg.layers.dense(8, { activation: "tanh" }))
    .add(fg.layers.dense(2, { activation: "softmax" }));
}

async function trained(): Promise<{
  readonly loss: number;
  readonly placement: Awaited<ReturnType<fg.Model["placement"]>>;
}> {
  model = small();
  await model.compile({
    optimizer: "auto",
    loss: "categoricalCrossentropy",
    backend: "onnx",
    threads: 1,
    seed: 5,
  });
  const data = tinyDataset();
  const before = await model.evaluate(data);
  const history = await model.fit(data, {
    epochs: 4,
    batchSize: 8,
    validationData: data,
    verbose: false,
  });
  expect(history.last["val_loss"]).toBeLessThan(before.loss);
  return { loss: history.last["val_loss"] ?? NaN, placement: await model.placement() };
}

test("many start small, few train long, and the same seed chooses the same", async () => {
  const { loss, placement } = await trained();
  const trials = placement.optimizerTrials ?? [];
  expect(trials).toHaveLength(24);
  const efforts = trials.map(({ effort }) => effort);
  const least = Math.min(...efforts);
  expect(efforts.filter((effort) => effort === least).length).toBeGreaterThan(efforts.length / 2);
  expect(Math.max(...efforts)).toBeGreaterThan(least);
  const names = trials.map(({ optimizer }) =>
    typeof optimizer === "string" ? optimizer : optimizer.name,
  );
  expect(new Set(names).size).toBeGreaterThan(2);
  await model.dispose();
  const again = await trained();
  expect(again.placement.optimizerTrials?.map(({ optimizer }) => optimizer)).toEqual(
    trials.map(({ optimizer }) => optimizer),
  );
  expect(again.loss).toBeCloseTo(loss, 5);
});
