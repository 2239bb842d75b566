// A user's own .onnx file: opened and run, and refused with one clear line when it is no honest model.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { tensorFrom, type Device } from "@fastgpu/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import backend from "../src/index.ts";
import { ModelWriter } from "../src/model/model-writer.ts";
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type ModelProto,
} from "../src/proto/onnx.ts";

let device: Device;
let folder: string;
beforeAll(async () => {
  const [cpu] = await backend.devices();
  device = await backend.open(cpu!, { threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "fastgpu-model-"));
});
afterAll(async () => {
  await device.dispose();
  await rm(folder, { recursive: true, force: true });
});

function doubled(): ModelProto {
  const writer = new ModelWriter("doubled");
  const x = writer.input("x", { dtype: "f32", shape: [2, 3] });
  const y = writer.node("Add", [x, x]);
  writer.output(y, { dtype: "f32", shape: [2, 3] });
  return writer.model();
}

async function save(name: string, model: ModelProto | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, model instanceof Uint8Array ? model : toBinary(ModelProtoSchema, model));
  return path;
}

const open = (path: string, sizes?: Record<string, number>): Promise<unknown> =>
  device.openModel!(path, sizes);

it("runs a file with a symbolic dimension", async () => {
  const model = doubled();
  const type = model.graph!.input[0]!.type!.value;
  if (type.case !== "tensorType") throw new TypeError("input must be a tensor");
  type.value.shape!.dim[0]!.value = { case: "dimParam", value: "n" };
  const path = await save("symbolic.onnx", model);
  await expect(open(path)).rejects.toThrow('symbolic dimension "n" of input "x" must be given');
  const program = await device.openModel!(path, { n: 2 });
  expect(program.inputs).toEqual([{ name: "x", type: { dtype: "f32", shape: [2, 3] } }]);
  const [name] = program.outputs;
  const result = await program.run({ x: tensorFrom("f32", [2, 3], [1, 2, 3, 4, 5, 6]) });
  expect([...result[name!]!.data]).toEqual([2, 4, 6, 8, 10, 12]);
  await expect(program.run({})).rejects.toThrow('input "x" must be f32[2,3], got none');
});

it("refuses missing, foreign and truncated files", async () => {
  await expect(open(join(folder, "none.onnx"))).rejects.toThrow("must be a readable file");
  const garbage = await save("garbage.onnx", new TextEncoder().encode("this is no model at all"));
  await expect(open(garbage)).rejects.toMatchObject({ code: "DATA" });
  const whole = toBinary(ModelProtoSchema, doubled());
  for (const share of [0, 0.3, 0.6, 0.95]) {
    const path = await save("cut.onnx", whole.slice(0, Math.floor(whole.length * share)));
    await expect(open(path)).rejects.toThrow(/^[^\n]+$/);
  }
});

it("refuses external data outside of the model's folder", async () => {
  for (const value of ["../../etc/passwd", "/etc/passwd", "a/../../b", ""]) {
    const model = doubled();
    model.graph!.initializer.push(
      create(TensorProtoSchema, {
        name: "w",
        dims: [1n],
        dataType: TensorProto_DataType.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [create(StringStringEntryProtoSchema, { key: "location", value })],
      }),
    );
    const path = await save("external.onnx", model);
    await expect(open(path)).rejects.toThrow("external data must lie in");
  }
});

it("refuses an operator that does not exist", async () => {
  const model = doubled();
  model.graph!.node[0]!.opType = "NoSuchOperator";
  await expect(open(await save("unknown.onnx", model))).rejects.toMatchObject({ code: "ENGINE" });
});
