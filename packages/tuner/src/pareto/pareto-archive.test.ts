// Fronts and volumes against counting cells of a grid.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hypervolume, ParetoArchive } from "./pareto-archive.ts";

describe("the archive", () => {
  it("keeps what nothing dominates, equal costs side by side", () => {
    const archive = new ParetoArchive<string>();
    expect(archive.add([2, 2], "middle")).toBe(true);
    expect(archive.add([1, 3], "left")).toBe(true);
    expect(archive.add([2, 3], "worse")).toBe(false);
    expect(archive.add([2, 2], "same")).toBe(true);
    expect(archive.add([NaN, 0], "nan")).toBe(false);
    expect(archive.add([2, 1], "better")).toBe(true);
    expect(archive.members.map(({ item }) => item)).toEqual(["left", "better"]);
    // (4-1)(4-3) + (4-2)(3-1)
    expect(archive.hypervolume([4, 4])).toBe(7);
  });
});

describe("the hypervolume", () => {
  it("is the number of dominated cells", () => {
    const size = 5;
    for (const dimensions of [1, 2, 3, 4]) {
      const point = fc.array(fc.integer({ min: 0, max: size + 1 }), {
        minLength: dimensions,
        maxLength: dimensions,
      });
      fc.assert(
        fc.property(fc.array(point, { maxLength: 8 }), (points) => {
          let cells = 0;
          for (let cell = 0; cell < size ** dimensions; cell++) {
            const at = Array.from(
              { length: dimensions },
              (_, d) => Math.floor(cell / size ** d) % size,
            );
            // The cell at `at` reaches from it to it + 1.
            if (points.some((p) => p.every((cost, d) => cost <= at[d]!))) cells++;
          }
          expect(hypervolume(points, new Array<number>(dimensions).fill(size))).toBe(cells);
        }),
        { numRuns: 60 },
      );
    }
  });
});
