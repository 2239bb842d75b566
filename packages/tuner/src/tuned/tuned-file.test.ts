// Tuned files of strangers, and what counts as the same model.
import { expect, test } from "vitest";
import { modelText } from "./model-text.ts";
import { differences, parseTuned, tunedSchema } from "./tuned-file.ts";

const file = {
  schema: tunedSchema,
  identity: { suite: "s", suiteHash: "a", workload: "m:inference", host: { cpu: "x" }, device: {} },
  configuration: { backend: "onnx", device: "cpu", precision: "f32", batchSize: 8 },
};

function refusal(change: object): () => unknown {
  return () => parseTuned(JSON.stringify({ ...file, ...change }), "t.json");
}

test("a file is read, and each damage is named", () => {
  expect(parseTuned(JSON.stringify(file), "t.json")).toEqual(file);
  expect(() => parseTuned("{", "t.json")).toThrow(/^t\.json: must be JSON/);
  expect(() => parseTuned("[]", "t.json")).toThrow("t.json: file must be an object, got []");
  expect(refusal({ schema: "fastgpu.tuned/9" })).toThrow("schema must be fastgpu.tuned/1");
  expect(refusal({ identity: { host: {} } })).toThrow(
    "identity.device must be an object, got none",
  );
  const { configuration } = file;
  expect(refusal({ configuration: { ...configuration, backend: 1 } })).toThrow(
    "configuration.backend must be a text, got 1",
  );
  expect(refusal({ configuration: { ...configuration, batchSize: 0.5 } })).toThrow(
    "configuration.batchSize must be a whole number of at least 1, got 0.5",
  );
  expect(refusal({ configuration: { ...configuration, engine: 3 } })).toThrow(
    "configuration.engine",
  );
});

test("differences name both sides", () => {
  expect(differences({ cpu: "a", os: "l" }, { cpu: "b", os: "l", node: "22" })).toEqual([
    "cpu a there, b here",
    "node none there, 22 here",
  ]);
});

test("names of layers do not count, their options and wiring do", () => {
  const model = (units: number, name: string): Parameters<typeof modelText>[0] => ({
    name,
    layers: [
      { name: `${name}/in`, kind: "input", config: { shape: [4] }, inputs: [] },
      {
        name: `${name}/d`,
        kind: "dense",
        config: { units, activation: "relu" },
        inputs: [`${name}/in`],
      },
    ],
    inputs: [`${name}/in`],
    outputs: [`${name}/d`],
  });
  expect(modelText(model(4, "a"))).toBe(modelText(model(4, "b")));
  expect(modelText(model(4, "a"))).not.toBe(modelText(model(5, "a")));
});
