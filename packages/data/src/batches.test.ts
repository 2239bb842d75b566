// Batches: which rows, in which order, with which contents, for each rule for the rest.
import { describe, expect, it } from "vitest";
import { tensorFrom } from "@fastgpu/core";
import { batchCount } from "./batch-order.ts";
import { batches, indexBatches } from "./batches.ts";
import type { BatchOptions } from "./batches.ts";
import { Dataset } from "./dataset.ts";
import { permutation } from "./permutation.ts";

/** Row r holds `width` times r, and target -r. */
function numbered(size: number, width = 3): Dataset {
  const rows = Array.from({ length: size }, (_, row) => row);
  return new Dataset({
    inputs: {
      x: tensorFrom(
        "f32",
        [size, width],
        rows.flatMap((row) => Array<number>(width).fill(row)),
      ),
    },
    targets: {
      y: tensorFrom(
        "i32",
        [size],
        rows.map((row) => -row),
      ),
    },
  });
}

interface Seen {
  readonly rows: number[];
  readonly x: number[];
  readonly y: number[];
  readonly shape: readonly number[];
  readonly validCount: number;
}

async function collect(data: Dataset, options: BatchOptions): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const { rows, inputs, targets, validCount } of batches(data, options)) {
    const { x, y } = { x: inputs["x"], y: targets["y"] };
    if (x === undefined || y === undefined) throw new Error("a batch must have x and y");
    seen.push({ rows: [...rows], x: [...x.data], y: [...y.data], shape: x.shape, validCount });
  }
  return seen;
}

describe("batches", () => {
  it("keeps, drops or pads the rest", async () => {
    const rows = async (remainder: BatchOptions["remainder"]): Promise<unknown> =>
      (await collect(numbered(5), { batchSize: 2, ...(remainder && { remainder }) })).map(
        (batch) => [batch.rows, batch.validCount],
      );
    const whole = [
      [[0, 1], 2],
      [[2, 3], 2],
    ];
    expect(await rows(undefined)).toEqual([...whole, [[4], 1]]);
    expect(await rows("keep")).toEqual([...whole, [[4], 1]]);
    expect(await rows("drop")).toEqual(whole);
    expect(await rows("pad")).toEqual([...whole, [[4, 4], 1]]);
  });

  it("counts what it delivers", async () => {
    for (const size of [0, 1, 4, 5]) {
      for (const remainder of ["keep", "drop", "pad"] as const) {
        const options = { batchSize: 2, remainder };
        const seen = await collect(numbered(size), options);
        expect(batches(numbered(size), options).count).toBe(seen.length);
        expect(batchCount(size, options)).toBe(seen.length);
      }
    }
  });

  it("fills every tensor with the rows it names, narrow or wide, at any depth", async () => {
    for (const width of [1, 24, 25, 100]) {
      for (const depth of [0, 1, 4]) {
        const options = { batchSize: 4, shuffle: true, seed: 2, prefetch: depth };
        for (const batch of await collect(numbered(10, width), options)) {
          expect(batch.x).toEqual(batch.rows.flatMap((row) => Array<number>(width).fill(row)));
          expect(batch.y).toEqual(batch.rows.map((row) => (row === 0 ? 0 : -row)));
          expect(batch.shape).toEqual([batch.rows.length, width]);
        }
      }
    }
  });

  it("shuffles by seed and epoch, and visits each row once per epoch", async () => {
    const order = async (epoch: number, seed = 1): Promise<number[]> => {
      const options = { batchSize: 7, shuffle: true, seed, epoch };
      return (await collect(numbered(40), options)).flatMap((batch) => batch.rows);
    };
    expect(await order(0)).toEqual([...permutation(40, 1, 1)]);
    expect(await order(3)).toEqual(await order(3));
    expect(await order(3)).not.toEqual(await order(4));
    expect(await order(3)).not.toEqual(await order(3, 2));
    expect((await order(3)).sort((a, b) => a - b)).toEqual([...permutation(40, 0).sort()]);
  });

  it("goes on in the middle of an epoch", async () => {
    const options = { batchSize: 3, shuffle: true, seed: 5, epoch: 2 };
    const all = await collect(numbered(20), options);
    expect(await collect(numbered(20), { ...options, start: 4 })).toEqual(all.slice(4));
    expect(batches(numbered(20), { ...options, start: 4 }).count).toBe(3);
    expect(await collect(numbered(20), { ...options, start: 99 })).toEqual([]);
  });

  it("keeps the contents of as many batches as it promises, and reuses the arrays after", async () => {
    for (const [held, depth] of [
      [1, 0],
      [1, 2],
      [3, 2],
    ] as const) {
      const taken: { rows: Int32Array; x: ArrayLike<number> }[] = [];
      const arrays = new Set<unknown>();
      for await (const batch of batches(numbered(40, 1), { batchSize: 2, held, prefetch: depth })) {
        const x = batch.inputs["x"]?.data ?? [];
        arrays.add(x);
        taken.push({ rows: batch.rows, x });
        await new Promise((resolve) => setImmediate(resolve));
        for (const kept of taken.slice(-held)) expect([...kept.rows]).toEqual(Array.from(kept.x));
      }
      expect(arrays.size).toBe(held + depth);
    }
  });

  it("gives the same rows as indices alone", async () => {
    const options = { batchSize: 8, shuffle: true, seed: 3, epoch: 1, remainder: "pad" as const };
    const full = await collect(numbered(20), options);
    const indices = [...indexBatches(20, options)];
    expect(indices.map(({ rows }) => [...rows.data])).toEqual(full.map(({ rows }) => rows));
    expect(indices.map(({ validCount }) => validCount)).toEqual([8, 8, 4]);
    expect(indices[2]?.rows).toMatchObject({ dtype: "i32", shape: [8] });
  });

  it("refuses options out of range", () => {
    const make = (options: Partial<BatchOptions>): unknown =>
      batches(numbered(3), { batchSize: 1, ...options });
    expect(() => make({ batchSize: 0 })).toThrow(
      /batchSize must be an integer of at least 1, got 0/,
    );
    expect(() => make({ batchSize: 1.5 })).toThrow(/got 1.5/);
    expect(() => make({ epoch: -1 })).toThrow(/epoch must be/);
    expect(() => make({ held: 0 })).toThrow(/held at least 1/);
    expect(() => [...indexBatches(3, { batchSize: -2 })]).toThrow(/got -2/);
  });
});
