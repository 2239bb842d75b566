// A user's own .onnx file: its inputs and outputs, symbolic dimensions and element types.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toBinary } from "@bufbuild/protobuf";
import { modelTensor, tensorFrom, type Device, type ModelTensor } from "@fastgpu/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestDevice } from "./device.ts";
import { ModelWriter } from "../src/model/model-writer.ts";
import { ModelProtoSchema, TensorProto_DataType, type ModelProto } from "../src/proto/onnx.ts";

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await openTestDevice();
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

async function save(name: string, model: ModelProto): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, toBinary(ModelProtoSchema, model));
  return path;
}

const open = (path: string, sizes?: Record<string, number>): Promise<unknown> =>
  device.openModel!(path, sizes);

it("runs a file with a symbolic dimension", async () => {
  const model = doubled();
  const type = model.graph!.input[0]!.type!.value;
  if (type.case !== "tensorType") throw new TypeError("input must be a tensor");
  type.value.shape!.dim[0]!.value = { case: "dimParam", value: "n" };
  type.value.shape!.dim[1]!.value = { case: undefined };
  const path = await save("symbolic.onnx", model);
  const program = await device.openModel!(path);
  expect(program.inputs).toEqual([{ name: "x", dtype: "f32", shape: ["n", "x.1"] }]);
  const [output] = program.outputs;
  const result = await program.run({ x: tensorFrom("f32", [2, 3], [1, 2, 3, 4, 5, 6]) });
  expect([...result[output!.name]!.data]).toEqual([2, 4, 6, 8, 10, 12]);
  const sized = await device.openModel!(path, { n: 2, "x.1": 3 });
  expect(sized.inputs).toEqual([{ name: "x", dtype: "f32", shape: [2, 3] }]);
  const message = 'input "x" must be f32[2,3], got ';
  await expect(sized.run({})).rejects.toThrow(`${message}none`);
  await expect(sized.run({ x: tensorFrom("f32", [2, 4], Array(8).fill(0)) })).rejects.toThrow(
    `${message}f32[2,4]: 4 where 3 is 3`,
  );
  await expect(open(path, { m: 2 })).rejects.toThrow('dimensions ("n", "x.1"), got "m"');
  await expect(open(path, { n: -2 })).rejects.toThrow("must be an integer from 0");
});

const elementTypes: readonly [ModelTensor, TensorProto_DataType][] = [
  [modelTensor("f64", [2], Float64Array.of(Math.PI, -1e300)), TensorProto_DataType.DOUBLE],
  [modelTensor("i64", [2], BigInt64Array.of(2n ** 53n + 1n, -1n)), TensorProto_DataType.INT64],
  [modelTensor("u64", [2], BigUint64Array.of(2n ** 64n - 1n, 0n)), TensorProto_DataType.UINT64],
  [modelTensor("u32", [2], Uint32Array.of(2 ** 32 - 1, 0)), TensorProto_DataType.UINT32],
  [modelTensor("u16", [2], Uint16Array.of(65_535, 0)), TensorProto_DataType.UINT16],
  [modelTensor("i16", [2], Int16Array.of(-32_768, 32_767)), TensorProto_DataType.INT16],
  [modelTensor("f16", [2], Uint16Array.of(0x3c01, 0xfbff)), TensorProto_DataType.FLOAT16],
  [modelTensor("i8", [2], Int8Array.of(-128, 127)), TensorProto_DataType.INT8],
  [modelTensor("bool", [2], Uint8Array.of(1, 0)), TensorProto_DataType.BOOL],
  [modelTensor("string", [2], ["naïve", ""]), TensorProto_DataType.STRING],
];

it.each(elementTypes)("carries $dtype through a file unchanged", async (value, code) => {
  const model = doubled();
  const [node] = model.graph!.node;
  node!.opType = "Identity";
  node!.input.pop();
  for (const { type } of [...model.graph!.input, ...model.graph!.output]) {
    if (type?.value.case !== "tensorType") throw new TypeError("must be a tensor");
    type.value.value.elemType = code;
    type.value.value.shape = undefined;
  }
  const program = await device.openModel!(await save(`${value.dtype}.onnx`, model));
  expect(program.inputs).toEqual([{ name: "x", dtype: value.dtype }]);
  const [output] = program.outputs;
  const result = await program.run({ x: value });
  expect(result[output!.name]).toEqual(value);
  await expect(program.run({ x: tensorFrom("i32", [1], [0]) })).rejects.toThrow(
    `must be ${value.dtype}[?], got i32[1]`,
  );
});
