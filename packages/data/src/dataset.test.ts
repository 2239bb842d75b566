// Data sets: selection, splits, one-hot targets, and the rules of the constructor.
import { describe, expect, it } from "vitest";
import { tensorFrom } from "@fastgpu/core";
import { Dataset } from "./dataset.ts";

/** Row r has inputs [2r, 2r + 1] and target r % 3. */
function numbered(size: number): Dataset {
  return new Dataset({
    inputs: {
      x: tensorFrom(
        "f32",
        [size, 2],
        Array.from({ length: size * 2 }, (_, i) => i),
      ),
    },
    targets: {
      y: tensorFrom(
        "i32",
        [size],
        Array.from({ length: size }, (_, i) => i % 3),
      ),
    },
    classNames: ["a", "b", "c"],
  });
}

/** The row numbers in a data set made from `numbered`. */
function rowsOf(data: Dataset): number[] {
  return [...(data.inputs["x"]?.data ?? [])]
    .filter((_, i) => i % 2 === 0)
    .map((value) => value / 2);
}

describe("Dataset", () => {
  it("takes, skips and slices without copying", () => {
    const data = numbered(10);
    expect(rowsOf(data.take(3))).toEqual([0, 1, 2]);
    expect(rowsOf(data.skip(8))).toEqual([8, 9]);
    expect(rowsOf(data.slice(2, 4))).toEqual([2, 3]);
    expect(rowsOf(data.take(99))).toHaveLength(10);
    expect(data.skip(99).size).toBe(0);
    expect(data.slice(2, 4).inputs["x"]?.data.buffer).toBe(data.inputs["x"]?.data.buffer);
    expect(data.slice(2, 4).classNames).toEqual(["a", "b", "c"]);
    expect(() => data.take(-1)).toThrow(/bounds must be integers of at least 0, got 0 to -1/);
  });

  it("keeps inputs and targets of a row together when it shuffles", () => {
    const shuffled = numbered(50).shuffle(4);
    const rows = rowsOf(shuffled);
    expect(rows).not.toEqual(rowsOf(numbered(50)));
    expect([...(shuffled.targets["y"]?.data ?? [])]).toEqual(rows.map((row) => row % 3));
    expect(rowsOf(numbered(50).shuffle(4))).toEqual(rows);
  });

  it("copies chosen rows, and refuses rows that are not there", () => {
    expect(rowsOf(numbered(4).rows(Int32Array.of(3, 3, 0)))).toEqual([3, 3, 0]);
    expect(() => numbered(4).rows(Int32Array.of(0, 4))).toThrow(/from 0 to 3, got 4/);
  });

  it("splits into parts that hold every row once", () => {
    const { train, validation, test } = numbered(100).split({ validation: 0.15, test: 5, seed: 9 });
    expect([train.size, validation.size, test.size]).toEqual([80, 15, 5]);
    const all = [train, validation, test].flatMap(rowsOf).sort((a, b) => a - b);
    expect(all).toEqual(rowsOf(numbered(100)));
    expect(rowsOf(numbered(100).split({ validation: 0.15, test: 5, seed: 9 }).test)).toEqual(
      rowsOf(test),
    );
  });

  it("takes validation rows from the end when it may not shuffle", () => {
    const { train, validation, test } = numbered(6).split({
      validation: 2,
      test: 1,
      shuffle: false,
    });
    expect([train, validation, test].map(rowsOf)).toEqual([[0, 1, 2], [3, 4], [5]]);
  });

  it("keeps class shares in a stratified split", () => {
    // 60 rows of class 0, 30 of class 1, 9 of class 2: ten percent are 6 + 3 + 0.9, rounded up to 1.
    const classes = [
      ...Array<number>(60).fill(0),
      ...Array<number>(30).fill(1),
      ...Array<number>(9).fill(2),
    ];
    const data = new Dataset({
      inputs: { x: tensorFrom("f32", [99, 1], classes) },
      targets: { y: tensorFrom("i32", [99], classes) },
    });
    const { train, validation } = data.split({ validation: 10, stratify: true, seed: 1 });
    const count = (part: Dataset, of: number): number =>
      part.targets["y"]?.data.filter((value) => value === of).length ?? 0;
    expect([0, 1, 2].map((of) => count(validation, of))).toEqual([6, 3, 1]);
    expect([0, 1, 2].map((of) => count(train, of))).toEqual([54, 27, 8]);
  });

  it("refuses splits that cannot be", () => {
    expect(() => numbered(4).split({ validation: 4 })).toThrow(
      /leave rows to train on, got 4 \+ 0 of 4/,
    );
    expect(() => numbered(4).split({ validation: 1.5 })).toThrow(
      /fraction below 1 or a number of rows, got 1.5/,
    );
    expect(() => numbered(4).split({ stratify: "z" })).toThrow(/target must be one of y, got "z"/);
    const hot = numbered(4).oneHot();
    expect(() => hot.split({ stratify: true })).toThrow(/one class per row, got "y" f32\[4,3\]/);
  });

  it("encodes class targets as one-hot rows", () => {
    expect([...(numbered(3).oneHot().targets["y"]?.data ?? [])]).toEqual([
      1, 0, 0, 0, 1, 0, 0, 0, 1,
    ]);
    expect(numbered(3).oneHot(5).targets["y"]?.shape).toEqual([3, 5]);
    expect(() => numbered(3).oneHot(2)).toThrow(/whole numbers from 0 to 1, got 2 in row 2/);
  });

  it("maps whole tensors and keeps what is not replaced", () => {
    const mapped = numbered(2).map(({ inputs }) => ({
      inputs: { image: inputs["x"] ?? tensorFrom("f32", [0], []) },
    }));
    expect(Object.keys(mapped.toTensors())).toEqual(["image", "y"]);
    expect(mapped.classNames).toEqual(["a", "b", "c"]);
  });

  it("refuses tensors that do not fit together", () => {
    const x = tensorFrom("f32", [2, 1], [1, 2]);
    expect(() => new Dataset({ inputs: {} })).toThrow(/at least one input/);
    expect(() => new Dataset({ inputs: { x }, targets: { x } })).toThrow(/differ in name, got "x"/);
    const y = tensorFrom("i32", [3], [1, 2, 3]);
    expect(() => new Dataset({ inputs: { x }, targets: { y } })).toThrow(
      /same number of rows, got x f32\[2,1\], y i32\[3\]/,
    );
    expect(() => new Dataset({ inputs: { x: tensorFrom("f32", [], [1]) } })).toThrow(/rows/);
  });
});
