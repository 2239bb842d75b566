// The runner of official ONNX cases, with a folder made here and an opener that doubles its input.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ModelTensor } from "@fastgpu/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runOnnxCases, type ModelOpener } from "../src/index.ts";
import { readTensorProto } from "../src/onnx-cases/tensor-proto.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fastgpu-cases-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const doubling: ModelOpener = {
  openModel: () =>
    Promise.resolve({
      inputs: [{ name: "x", dtype: "f32", shape: [4] }],
      outputs: [{ name: "y", dtype: "f32", shape: [4] }],
      run: ({ x }) => {
        const { shape, data } = x as ModelTensor<"f32">;
        return Promise.resolve({ y: { dtype: "f32", shape, data: data.map((v) => 2 * v) } });
      },
      sync: () => Promise.resolve(),
      dispose: () => Promise.resolve(),
    }),
};

/** A TensorProto of the given dims and element type; `fill` writes the elements. */
function proto(dims: readonly number[], code: number, fill: (w: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of dims) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(code);
  fill(writer);
  writer.tag(8, WireType.LengthDelimited).string("t");
  return writer.finish();
}

function rawFloats(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return proto([values.length], 1, (w) => w.tag(9, WireType.LengthDelimited).bytes(bytes));
}

async function addCase(name: string, x: readonly number[], y: readonly number[]): Promise<void> {
  const data = join(folder, name, "test_data_set_0");
  await mkdir(data, { recursive: true });
  await writeFile(join(folder, name, "model.onnx"), "");
  await writeFile(join(data, "input_0.pb"), rawFloats(x));
  await writeFile(join(data, "output_0.pb"), rawFloats(y));
}

it("reads raw, typed and packed elements of every kind", () => {
  const packed =
    (field: number, write: (w: BinaryWriter) => void) =>
    (w: BinaryWriter): void => {
      w.tag(field, WireType.LengthDelimited).fork();
      write(w);
      w.join();
    };
  const read = (bytes: Uint8Array): ModelTensor => readTensorProto("t", bytes).value;
  // A view at an odd offset, as files read in one piece have.
  const shifted = new Uint8Array([0, ...rawFloats([1.5, -2])]).subarray(1);
  expect([...read(shifted).data]).toEqual([1.5, -2]);
  expect(
    read(
      proto(
        [2],
        1,
        packed(4, (w) => w.float(0.5).float(3)),
      ),
    ).data,
  ).toEqual(Float32Array.of(0.5, 3));
  expect(
    read(
      proto(
        [2],
        3,
        packed(5, (w) => w.int32(-3).int32(7)),
      ),
    ).data,
  ).toEqual(Int8Array.of(-3, 7));
  expect(
    read(
      proto(
        [1],
        7,
        packed(7, (w) => w.int64(-(2n ** 60n))),
      ),
    ).data,
  ).toEqual(BigInt64Array.of(-(2n ** 60n)));
  expect(
    read(
      proto(
        [1],
        12,
        packed(11, (w) => w.uint64(12)),
      ),
    ).data,
  ).toEqual(Uint32Array.of(12));
  expect(
    read(
      proto(
        [1],
        11,
        packed(10, (w) => w.double(0.1)),
      ),
    ).data,
  ).toEqual(Float64Array.of(0.1));
  expect(
    read(
      proto(
        [2],
        10,
        packed(5, (w) => w.int32(0x3c00).int32(0)),
      ),
    ).data,
  ).toEqual(Uint16Array.of(0x3c00, 0));
  expect(read(proto([], 8, (w) => w.tag(6, WireType.LengthDelimited).string("ü"))).data).toEqual([
    "ü",
  ]);
  expect(read(proto([0, 2], 9, () => undefined))).toMatchObject({ dtype: "bool", shape: [0, 2] });
});

it("refuses bytes that are no tensor of a known type", () => {
  expect(() =>
    readTensorProto(
      "f.pb",
      proto([1], 16, () => undefined),
    ),
  ).toThrow("f.pb: elements must be of a type that JavaScript can hold, got ONNX element type 16");
  expect(() => readTensorProto("f.pb", rawFloats([1, 2, 3]).slice(0, 12))).toThrow(
    "one TensorProto",
  );
  expect(() =>
    readTensorProto(
      "f.pb",
      proto([3], 1, () => undefined),
    ),
  ).toThrow("must be 3 elements");
});

it("runs every case at any depth, in order of name, and makes inputs where none are stored", async () => {
  await addCase("node/b_wrong", [1, 2], [2, 4.1]);
  await addCase("node/a_right", [1, NaN], [2.001, NaN]);
  await mkdir(join(folder, "light"), { recursive: true });
  await writeFile(join(folder, "light", "ramp.onnx"), "");
  await writeFile(join(folder, "light", "ramp_output_0.pb"), rawFloats([0, 0.5, 1, 1.5]));
  const seen: string[] = [];
  const report = await runOnnxCases(doubling, folder, { onCase: ({ name }) => seen.push(name) });
  expect(seen).toEqual(["light/ramp", "node/a_right", "node/b_wrong"]);
  expect(report).toMatchObject({ passed: 2, failed: 1, skipped: 0 });
  expect(report.cases[2]!.reason).toContain("got 4 for 4.09");
});

it("names the folder that holds no case and the device that opens none", async () => {
  await expect(runOnnxCases(doubling, join(folder, "none"))).rejects.toThrow("can be read");
  await mkdir(join(folder, "empty"), { recursive: true });
  await expect(runOnnxCases(doubling, join(folder, "empty"))).rejects.toThrow(
    "must hold ONNX cases",
  );
  const report = await runOnnxCases({}, join(folder, "node"));
  expect(report.cases[0]!.reason).toContain("must open model files");
});
