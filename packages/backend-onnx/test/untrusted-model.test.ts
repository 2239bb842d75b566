// Model files from strangers: whatever is wrong with one, opening it ends in one clear line, and nothing outside of its
// folder is read.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { tensorFrom, type Device } from "@fastgpu/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import backend from "../src/index.ts";
import { ModelWriter } from "../src/model/model-writer.ts";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  SparseTensorProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  TrainingInfoProtoSchema,
  type ModelProto,
  type TensorProto,
} from "../src/proto/onnx.ts";

let device: Device;
let root: string;
let folder: string;
beforeAll(async () => {
  const [cpu] = await backend.devices();
  device = await backend.open(cpu!, { threads: 1 });
  root = await mkdtemp(join(tmpdir(), "fastgpu-model-"));
  folder = join(root, "model");
  await mkdir(folder);
  await writeFile(join(root, "secret.bin"), new Uint8Array(64));
});
afterAll(async () => {
  await device.dispose();
  await rm(root, { recursive: true, force: true });
});

/** y = x + x for x f32[2,3]. */
function doubled(): ModelProto {
  const writer = new ModelWriter("doubled");
  const x = writer.input("x", { dtype: "f32", shape: [2, 3] });
  writer.output(writer.node("Add", [x, x]), { dtype: "f32", shape: [2, 3] });
  return writer.model();
}

async function save(name: string, model: ModelProto | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, model instanceof Uint8Array ? model : toBinary(ModelProtoSchema, model));
  return path;
}

const open = (path: string): Promise<unknown> => device.openModel!(path);

/** Expects a refusal of one line with this code. */
async function refuses(path: string, code: string, message: string): Promise<void> {
  const outcome = open(path);
  await expect(outcome).rejects.toMatchObject({ code });
  await expect(outcome).rejects.toThrow(/^[^\n\p{Cc}]+$/u);
  await expect(outcome).rejects.toThrow(message);
}

it("refuses what is no model", async () => {
  await refuses(join(folder, "none.onnx"), "DATA", "must be a readable file");
  await refuses(folder, "DATA", "must be a file, got something else");
  await refuses(await save("empty.onnx", new Uint8Array(0)), "DATA", "must have a graph");
  const text = new TextEncoder().encode("this is no model at all\n");
  await refuses(await save("text.onnx", text), "DATA", "must be a whole ONNX file");
  const whole = toBinary(ModelProtoSchema, doubled());
  for (let length = 0; length < whole.length; length += 7) {
    await refuses(await save("cut.onnx", whole.slice(0, length)), "DATA", "cut.onnx: a");
  }
});

/** A graph field of a model, nested in subgraphs: field 7 of the model, then node 1, attribute 5, subgraph 6. */
function nested(depth: number): Uint8Array {
  let bytes = new Uint8Array(0);
  for (let level = 0; level < depth; level++) {
    for (const number of level === depth - 1 ? [6, 5, 1, 7] : [6, 5, 1]) {
      bytes = new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish();
    }
  }
  return bytes;
}

it("refuses files that unfold into more than memory holds", async () => {
  await refuses(await save("deep.onnx", nested(3000)), "DATA", "must nest at most 100 deep");
  // Two bytes make an empty node.
  const nodes = new Uint8Array(2 * 4_100_000);
  for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
  const bomb = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(nodes).finish();
  await refuses(await save("bomb.onnx", bomb), "DATA", "must have at most 4000000 fields");
  const group = new BinaryWriter().tag(7, WireType.StartGroup).finish();
  await refuses(await save("group.onnx", group), "DATA", "fields must not be groups");
});

function external(location: string | undefined, offset = "0", length = "4"): TensorProto {
  const entry = (key: string, value: string): TensorProto["externalData"][number] =>
    create(StringStringEntryProtoSchema, { key, value });
  return create(TensorProtoSchema, {
    name: "w",
    dims: [1n],
    dataType: TensorProto_DataType.FLOAT,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      ...(location === undefined ? [] : [entry("location", location)]),
      entry("offset", offset),
      entry("length", length),
    ],
  });
}

it("refuses external data outside of the model's folder", async () => {
  await symlink(join(root, "secret.bin"), join(folder, "link.bin"));
  await symlink(root, join(folder, "up"));
  await mkdir(join(folder, "directory"), { recursive: true });
  const locations = [
    ["../secret.bin", "must lie in"],
    ["/etc/passwd", "must lie in"],
    ["C:\\secret.bin", "must lie in"],
    ["\\\\host\\share\\secret.bin", "must lie in"],
    ["a/../../secret.bin", "must lie in"],
    ["*/_ORT_MEM_ADDR_/*", "must lie in"],
    ["bad\0name", "must lie in"],
    ["", "must lie in"],
    [undefined, "got no location"],
    ["link.bin", "a link to"],
    ["up/secret.bin", "a link to"],
    ["directory", "must be a file"],
    ["none.bin", "must be readable"],
  ] as const;
  for (const [location, message] of locations) {
    const model = doubled();
    model.graph!.initializer.push(external(location));
    await refuses(await save("external.onnx", model), "DATA", message);
  }
});

const attribute = (part: Parameters<typeof create<typeof AttributeProtoSchema>>[1]): object =>
  create(AttributeProtoSchema, {
    name: "value",
    type: AttributeProto_AttributeType.TENSOR,
    ...part,
  });

const places: Readonly<Record<string, (model: ModelProto, tensor: TensorProto) => void>> = {
  "an attribute": (model, t) => model.graph!.node[0]!.attribute.push(attribute({ t }) as never),
  "a list": (model, t) =>
    model.graph!.node[0]!.attribute.push(attribute({ tensors: [t] }) as never),
  "a subgraph": (model, t) => {
    const g = create(GraphProtoSchema, { initializer: [t] });
    model.graph!.node[0]!.attribute.push(attribute({ g }) as never);
  },
  "a list of subgraphs": (model, t) => {
    const inner = create(NodeProtoSchema, { attribute: [attribute({ t }) as never] });
    const graphs = [create(GraphProtoSchema, { node: [inner] })];
    model.graph!.node[0]!.attribute.push(attribute({ graphs }) as never);
  },
  "a function": (model, t) => {
    const node = [create(NodeProtoSchema, { attribute: [attribute({ t }) as never] })];
    model.functions.push(create(FunctionProtoSchema, { name: "f", domain: "d", node }));
  },
  "a default of a function": (model, t) => {
    const attributeProto = [attribute({ t }) as never];
    model.functions.push(create(FunctionProtoSchema, { name: "f", domain: "d", attributeProto }));
  },
  "a sparse constant": (model, values) => {
    model.graph!.sparseInitializer.push(create(SparseTensorProtoSchema, { values }));
  },
  "training data": (model, t) => {
    const algorithm = create(GraphProtoSchema, { initializer: [t] });
    model.trainingInfo.push(create(TrainingInfoProtoSchema, { algorithm }));
  },
};

it.each(Object.entries(places))("finds external data in %s", async (_place, put) => {
  const model = doubled();
  put(model, external("../secret.bin"));
  await refuses(await save("hidden.onnx", model), "DATA", "must lie in");
});

it("takes external data from beside the model, as far as its file reaches", async () => {
  const writer = new ModelWriter("biased");
  const x = writer.input("x", { dtype: "f32", shape: [1] });
  writer.output(writer.node("Add", [x, "w"]), { dtype: "f32", shape: [1] });
  const model = writer.model();
  model.graph!.initializer.push(external("weights.bin", "4"));
  await writeFile(join(folder, "weights.bin"), Float32Array.of(1, 2.5));
  const program = await device.openModel!(await save("beside.onnx", model));
  const result = await program.run({ x: tensorFrom("f32", [1], [10]) });
  expect([...result[program.outputs[0]!.name]!.data]).toEqual([12.5]);
  for (const [offset, length] of [
    ["8", "4"],
    ["-4", "4"],
    ["0", "99999999999999999999"],
    ["four", "4"],
  ]) {
    model.graph!.initializer = [external("weights.bin", offset, length)];
    await refuses(await save("short.onnx", model), "DATA", "external data of tensor");
  }
});

it("names an operator the engine does not have, and its domain", async () => {
  const foreign = doubled();
  Object.assign(foreign.graph!.node[0]!, { opType: "Frobnicate", domain: "com.example" });
  for (const domain of ["com.other", "com.example"]) {
    foreign.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: 1n }));
    const path = await save("foreign.onnx", foreign);
    await refuses(path, "UNSUPPORTED_OP", 'got Frobnicate of domain "com.example"');
  }
  const unknown = doubled();
  unknown.graph!.node[0]!.opType = "NoSuchOperator";
  const plain = await save("unknown.onnx", unknown);
  await refuses(plain, "UNSUPPORTED_OP", 'got NoSuchOperator of domain "ai.onnx"');
});

it("refuses impossible sizes, types and names at its border", async () => {
  const damaged = (change: (model: ModelProto) => void): Promise<string> => {
    const model = doubled();
    change(model);
    return save("border.onnx", model);
  };
  const typeOf = (model: ModelProto): { elemType: number; shape?: { dim: unknown[] } } =>
    model.graph!.input[0]!.type!.value.value as never;
  const size = await damaged((model) => {
    typeOf(model).shape!.dim[0] = {
      $typeName: "onnx.TensorShapeProto.Dimension",
      denotation: "",
      value: { case: "dimValue", value: 2n ** 62n },
    };
  });
  await refuses(size, "DATA", 'dimension 0 of input "x" must be an integer from 0 to 2147483647');
  const type = await damaged((model) => (typeOf(model).elemType = TensorProto_DataType.BFLOAT16));
  await refuses(type, "UNSUPPORTED_OP", "that JavaScript can hold, got BFLOAT16");
  const name = await damaged((model) => (model.graph!.input[0]!.name = "x\u001b[2J\n"));
  await refuses(name, "DATA", 'got input "x\\u001b[2J\\n"');
  const untyped = await damaged((model) => (model.graph!.input[0]!.type = undefined));
  await refuses(untyped, "UNSUPPORTED_OP", 'must be tensors, got no type for "x"');
});

it("refuses constants whose data does not fill their shape", async () => {
  for (const dims of [[2n ** 40n, 2n ** 40n], [2n ** 62n], [-1n], [3n]]) {
    const model = doubled();
    const { FLOAT } = TensorProto_DataType;
    model.graph!.initializer.push(
      create(TensorProtoSchema, { name: "w", dims, dataType: FLOAT, rawData: new Uint8Array(8) }),
    );
    model.graph!.node[0]!.input[1] = "w";
    await refuses(await save("constant.onnx", model), "DATA", "must be valid for ONNX Runtime");
  }
});

it("runs a model whose tensors are empty", async () => {
  const writer = new ModelWriter("empty");
  const x = writer.input("x", { dtype: "f32", shape: [0, 3] });
  writer.output(writer.node("Add", [x, x]), { dtype: "f32", shape: [0, 3] });
  const program = await device.openModel!(await save("nothing.onnx", writer.model()));
  const result = await program.run({ x: tensorFrom("f32", [0, 3], []) });
  expect(result[program.outputs[0]!.name]).toMatchObject({ dtype: "f32", shape: [0, 3] });
});
