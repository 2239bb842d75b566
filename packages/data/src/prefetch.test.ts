// Prefetch: order, bound, errors in their place, and an end when the consumer leaves.
import { describe, expect, it } from "vitest";
import { prefetch } from "./prefetch.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

describe("prefetch", () => {
  it("keeps the order of synchronous and asynchronous sources at any depth", async () => {
    async function* slow(): AsyncGenerator<number> {
      for (const value of [1, 2, 3, 4, 5]) {
        await turn();
        yield value;
      }
    }
    for (const depth of [0, 1, 3, 10]) {
      expect(await collect(prefetch([1, 2, 3, 4, 5], depth))).toEqual([1, 2, 3, 4, 5]);
      expect(await collect(prefetch(slow(), depth))).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it("makes up to depth values while the consumer waits, and no more", async () => {
    let made = 0;
    function* count(): Generator<number> {
      for (;;) yield ++made;
    }
    const values = prefetch(count(), 3);
    expect(made).toBe(0);
    await values.next();
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(made).toBe(4);
    await values.next();
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(made).toBe(5);
    await values.return();
    await turn();
    expect(made).toBe(5);
  });

  it("delivers an error after the values made before it", async () => {
    function* failing(): Generator<number> {
      yield 1;
      yield 2;
      throw new RangeError("third");
    }
    const values = prefetch(failing(), 5);
    expect(await values.next()).toEqual({ done: false, value: 1 });
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(await values.next()).toEqual({ done: false, value: 2 });
    await expect(values.next()).rejects.toThrow("third");
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });

  it("closes its source when the consumer leaves early", async () => {
    let isClosed = false;
    function* source(): Generator<number> {
      try {
        for (let value = 0; ; value++) yield value;
      } finally {
        isClosed = true;
      }
    }
    for await (const value of prefetch(source(), 2)) if (value === 3) break;
    expect(isClosed).toBe(true);
  });
});
