// IDX and NPY files, built here byte by byte from their format descriptions; sound, broken and hostile ones.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError } from "@fastgpu/core";
import { loadData, readIdx, readIdxDataset, readNpy } from "@fastgpu/data";
import { temporaryFile } from "./files.ts";

function idx(type: number, shape: readonly number[], body: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  for (const [at, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * at);
  return Buffer.concat([header, body]);
}

function npy(descr: string, shape: string, body: Uint8Array, order = "False"): Buffer {
  const text =
    `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const head = Buffer.from("\x93NUMPY\x01\x00", "latin1");
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([head, length, Buffer.from(text), body]);
}

async function failure(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof DataError))
    throw new Error(`a DataError must be thrown: ${String(error)}`);
  return error.message.replace(/^\S*\//, "");
}

describe("IDX", () => {
  it("reads images and labels as the Fashion-MNIST files hold them, plain and packed", async () => {
    const pixels = Uint8Array.from({ length: 3 * 4 }, (_, i) => i * 20);
    const images = idx(0x08, [3, 2, 2], pixels);
    const labels = await temporaryFile(
      "train-labels-idx1-ubyte",
      idx(0x08, [3], Uint8Array.of(9, 0, 3)),
    );
    const packed = await temporaryFile("train-images-idx3-ubyte.gz", gzipSync(images));
    for (const path of [packed, await temporaryFile("train-images-idx3-ubyte", images)]) {
      for (const data of [await readIdxDataset(path, labels), await loadData(path, { labels })]) {
        expect(data.inputs["x"]).toEqual({ dtype: "u8", shape: [3, 2, 2], data: pixels });
        expect(data.targets["y"]).toEqual({
          dtype: "i32",
          shape: [3],
          data: Int32Array.of(9, 0, 3),
        });
      }
    }
  });

  it.each([
    [0x09, [255, 127], "i8", [-1, 127]],
    [0x0b, [0xff, 0xfe, 0x01, 0x02], "i32", [-2, 258]],
    [0x0c, [0x80, 0, 0, 0, 0, 0, 1, 0], "i32", [-(2 ** 31), 256]],
    [0x0d, [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], "f32", [1.5, -2]],
    [0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], "f32", [1.5, -2]],
  ] as const)("reads big-endian elements of type %i", async (type, bytes, dtype, values) => {
    const value = await readIdx(
      await temporaryFile("a.idx", idx(type, [2], Uint8Array.from(bytes))),
    );
    expect([value.dtype, [...value.data]]).toEqual([dtype, [...values]]);
  });

  it.each([
    [
      "empty",
      Buffer.alloc(0),
      "a.idx: IDX magic number must be 0000 and a known element type (08, 09, 0b, 0c, 0d, 0e), got an empty file",
    ],
    [
      "wrong magic",
      Buffer.from("PNG....."),
      "a.idx: IDX magic number must be 0000 and a known element type (08, 09, 0b, 0c, 0d, 0e), got 504e472e",
    ],
    [
      "no dimensions",
      idx(0x08, [], Uint8Array.of(1)),
      "a.idx: IDX file must have 1 to 8 dimensions, got 0",
    ],
    [
      "truncated header",
      idx(0x08, [2, 2], new Uint8Array(0)).subarray(0, 9),
      "a.idx: IDX header must have 12 bytes, got 9 (truncated file?)",
    ],
    [
      "truncated data",
      idx(0x08, [2, 2], Uint8Array.of(1, 2, 3)),
      "a.idx: data must have 4 bytes for shape [2, 2] of u8, got 3 (truncated file?)",
    ],
    [
      "too much data",
      idx(0x08, [2], Uint8Array.of(1, 2, 3)),
      "a.idx: data must have 2 bytes for shape [2] of u8, got 3",
    ],
    [
      "dimensions beyond any memory",
      idx(0x0e, [0xffff_ffff, 0xffff_ffff, 0xffff_ffff], Uint8Array.of(1)),
      `a.idx: data must have ${0xffff_ffff ** 3 * 8} bytes for shape [4294967295, 4294967295, 4294967295] of f64, got 1 (truncated file?)`,
    ],
  ])("refuses a file with %s", async (_name, content, message) => {
    expect(await failure(readIdx(await temporaryFile("a.idx", content)))).toBe(message);
  });

  it("refuses damaged and truncated gzip data, and data that unpacks beyond the limit", async () => {
    const packed = gzipSync(idx(0x08, [100_000], new Uint8Array(100_000)));
    const cut = await temporaryFile("a.gz", packed.subarray(0, packed.length - 20));
    expect(await failure(readIdx(cut))).toBe(
      "a.gz: file must be complete gzip data, got a truncated file",
    );
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 12, 40);
    expect(await failure(readIdx(await temporaryFile("a.gz", damaged)))).toBe(
      "a.gz: file must be sound gzip data, got damaged data",
    );
    const bomb = await temporaryFile("a.gz", packed);
    expect(await failure(readIdx(bomb, { maxBytes: 5000 }))).toBe(
      "a.gz: unpacked content must have at most 5000 bytes, got more; raise maxBytes to read it",
    );
  });

  it("refuses labels that do not pair with the rows", async () => {
    const rows = await temporaryFile("r.idx", idx(0x08, [3, 1], Uint8Array.of(1, 2, 3)));
    const labels = await temporaryFile("l.idx", idx(0x08, [2], Uint8Array.of(1, 2)));
    expect(await failure(readIdxDataset(rows, labels))).toMatch(
      /one label per row of .*r.idx, got u8\[2\] for u8\[3,1\]/,
    );
  });
});

describe("NPY", () => {
  it.each([
    ["<f4", Float32Array.of(1.5, -2), "f32", [1.5, -2]],
    ["<f8", Float64Array.of(1.5, -2), "f32", [1.5, -2]],
    ["<i8", BigInt64Array.of(5n, -7n), "i32", [5, -7]],
    ["<i4", Int32Array.of(5, -7), "i32", [5, -7]],
    ["<u2", Uint16Array.of(5, 65535), "i32", [5, 65535]],
    ["|u1", Uint8Array.of(5, 255), "u8", [5, 255]],
    ["|i1", Int8Array.of(5, -1), "i8", [5, -1]],
    ["|b1", Uint8Array.of(0, 1), "bool", [0, 1]],
    ["<f2", Uint16Array.of(0x3c00, 0xc000), "f16", [0x3c00, 0xc000]],
    [">i2", Uint8Array.of(0xff, 0xfe, 1, 2), "i32", [-2, 258]],
  ] as const)("reads %s", async (descr, body, dtype, values) => {
    const bytes = new Uint8Array(body.buffer);
    const value = await readNpy(await temporaryFile("a.npy", npy(descr, "(2,)", bytes)));
    expect([value.dtype, value.shape, [...value.data]]).toEqual([dtype, [2], [...values]]);
  });

  it("reads shapes of any rank", async () => {
    const shapeOf = async (shape: string, size: number): Promise<unknown> =>
      (await readNpy(await temporaryFile("a.npy", npy("|u1", shape, new Uint8Array(size))))).shape;
    expect(await shapeOf("()", 1)).toEqual([]);
    expect(await shapeOf("(2, 3)", 6)).toEqual([2, 3]);
    expect(await shapeOf("(0, 3)", 0)).toEqual([0, 3]);
  });

  it.each([
    ["other data", Buffer.from("not numpy at all"), /must start as NPY files do/],
    ["pickled objects", npy("|O", "(2,)", new Uint8Array(4)), /never pickled objects\), got "O"/],
    ["complex numbers", npy("<c8", "(1,)", new Uint8Array(8)), /numbers or booleans .*got "c8"/],
    [
      "Fortran order",
      npy("<f4", "(1,)", new Uint8Array(4), "True"),
      /row-major order, got Fortran/,
    ],
    [
      "a truncated body",
      npy("<f4", "(3,)", new Uint8Array(8)),
      /12 bytes for shape \[3\] of f32, got 8/,
    ],
    [
      "a truncated header",
      npy("<f4", "(3,)", new Uint8Array(0)).subarray(0, 40),
      /header must be complete/,
    ],
    [
      "integers beyond i32",
      npy("<u4", "(1,)", Uint8Array.of(255, 255, 255, 255)),
      /must fit i32, got 4294967295 at element 0/,
    ],
  ])("refuses %s", async (_name, content, message) => {
    expect(await failure(readNpy(await temporaryFile("a.npy", content)))).toMatch(message);
  });
});
