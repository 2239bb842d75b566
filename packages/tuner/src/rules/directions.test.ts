// The numbers that rules compare, against arithmetic on the configurations.
import { describe, expect, it } from "vitest";
import { Space } from "../space/space.ts";
import { Directions } from "./directions.ts";

describe("Directions", () => {
  const space = new Space({
    parameters: {
      mode: { kind: "categorical", values: ["a", "b"] },
      x: { kind: "ordinal", values: [2, 3, 8] },
      y: { kind: "ordinal", values: [1, 2, 4] },
      z: { kind: "integer", min: 1, max: 4, when: { mode: "b" } },
    },
  });
  const points = space.list()!;
  const directions = new Directions(space);
  const numbers = points.map((point) => directions.of(point));

  /** Positions of the directions that are `wanted` of the configuration everywhere, NaN for undefined. */
  function found(wanted: (x: number, y: number, z: number | undefined) => number): number {
    const expected = points.map((point) => {
      const { x, y, z } = space.configurationOf(point);
      return wanted(Number(x), Number(y), z === undefined ? undefined : Number(z));
    });
    return directions.list.filter((_, d) =>
      expected.every((value, i) => {
        const own = numbers[i]![d]!;
        return Number.isNaN(value) ? Number.isNaN(own) : Math.abs(own - value) < 1e-9;
      }),
    ).length;
  }

  it("hold products, ratios, sums and remainders of two and three", () => {
    expect(found((x, y) => Math.log2(x * y))).toBe(1);
    expect(found((x, y) => Math.log2(y / x))).toBe(1);
    expect(found((x, y) => x + y)).toBe(1);
    expect(found((x, y) => Number(x % y !== 0))).toBe(1);
    expect(found((x, y, z = NaN) => Math.log2((x * y) / z))).toBe(1);
    expect(found((x, y, z = NaN) => (Number.isNaN(z) ? NaN : Number(x % (y * z) !== 0)))).toBe(1);
  });

  it("are the same for one point and for many", () => {
    const table = directions.columnsOf(points);
    const row = new Float64Array(points.length);
    directions.list.forEach((_, d) => {
      directions.write(row, table, d);
      // Adding 0 makes -0 and 0 the same.
      const one = numbers.map((own) => own[d]! + 0);
      expect(Array.from(row, (value) => value + 0)).toEqual(one);
    });
  });

  it("stay few where there are many parameters", () => {
    const wide = new Space({
      parameters: Object.fromEntries(
        Array.from({ length: 60 }, (_, k) => [`p${k}`, { kind: "integer", min: 1, max: 9 }]),
      ),
    });
    expect(new Directions(wide).list.length).toBeLessThan(10_000);
    expect(new Directions(wide).list).toEqual(new Directions(wide).list);
  });
});
