// Scaling: against sums worked out by hand, on training data and on other data.
import { describe, expect, it } from "vitest";
import { tensorFrom } from "@fastgpu/core";
import { Dataset } from "./dataset.ts";
import { fitNormaliser, normalise } from "./normalise.ts";
import type { Normaliser } from "./normalise.ts";

const data = (shape: readonly number[], values: readonly number[]): Dataset =>
  new Dataset({ inputs: { x: tensorFrom("f32", shape, values) } });
const values = (of: Dataset): number[] => [...(of.inputs["x"]?.data ?? [])];

describe("normalise", () => {
  it("standardises each feature by mean and population deviation", () => {
    // Columns 2 4 4 4 5 5 7 9 (mean 5, deviation 2: the standard textbook example) and the constant 3.
    const column = [2, 4, 4, 4, 5, 5, 7, 9];
    const train = data(
      [8, 2],
      column.flatMap((value) => [value, 3]),
    );
    const scaling = fitNormaliser(train);
    expect(scaling.inputs["x"]).toEqual({ offset: [5, 3], factor: [0.5, 1] });
    expect(values(normalise(train, scaling))).toEqual(
      column.flatMap((value) => [(value - 5) / 2, 0]),
    );
    expect(values(normalise(data([1, 2], [11, 4]), scaling))).toEqual([3, 1]);
  });

  it("spans 0 to 1 by minimum and maximum, for a constant too", () => {
    const scaling = fitNormaliser(data([3, 2], [10, 7, 20, 7, 14, 7]), {
      method: { kind: "minMax" },
    });
    expect(values(normalise(data([2, 2], [15, 7, 30, 8]), scaling))).toEqual([0.5, 0, 2, 1]);
  });

  it("takes one offset for a whole tensor, and a given factor", () => {
    const whole = fitNormaliser(data([2, 2], [0, 2, 4, 6]), {
      method: { kind: "minMax", per: "tensor" },
    });
    expect(whole.inputs["x"]).toEqual({ offset: [0], factor: [1 / 6] });
    const bytes = new Dataset({ inputs: { x: tensorFrom("u8", [1, 3], [0, 51, 255]) } });
    const scaled = normalise(
      bytes,
      fitNormaliser(bytes, { method: { kind: "scale", factor: 1 / 255 } }),
    );
    expect(scaled.inputs["x"]?.dtype).toBe("f32");
    expect(values(scaled)).toEqual([0, Math.fround(0.2), 1]);
  });

  it("gives a constant that float64 cannot hold exactly no spread", () => {
    const scaling = fitNormaliser(data([3, 1], [0.1, 0.1, 0.1]));
    expect(scaling.inputs["x"]?.factor).toEqual([1]);
  });

  it("reads f16 by value", () => {
    const half = new Dataset({ inputs: { x: tensorFrom("f16", [2, 1], [1, 3]) } });
    expect(values(normalise(half, fitNormaliser(half)))).toEqual([-1, 1]);
  });

  it("survives JSON", () => {
    const train = data([3, 1], [1, 2, 4]);
    const scaling = fitNormaliser(train);
    const back = JSON.parse(JSON.stringify(scaling)) as Normaliser;
    expect(normalise(train, back).inputs).toEqual(normalise(train, scaling).inputs);
  });

  it("refuses no rows, unknown inputs, values that are not finite, and rows of another size", () => {
    expect(() => fitNormaliser(data([0, 2], []))).toThrow(/rows to fit, got 0/);
    expect(() => fitNormaliser(data([1, 1], [1]), { inputs: ["z"] })).toThrow(/one of x, got "z"/);
    for (const kind of ["standardise", "minMax"] as const) {
      for (const bad of [NaN, Infinity]) {
        expect(() => fitNormaliser(data([2, 1], [1, bad]), { method: { kind } })).toThrow(/finite/);
      }
    }
    const scaling = fitNormaliser(data([2, 2], [1, 2, 3, 4]));
    expect(() => normalise(data([1, 3], [1, 2, 3]), scaling)).toThrow(/2 elements as the fitted/);
  });
});
