// Storage in f16, emulated: engines that compute in f32 round to exactly the numbers that f16 holds, and f16 itself is refused
// with the name under which this is offered.
import {
  applyPrecision,
  GraphBuilder,
  precisionPolicies,
  tensor,
  tensorFrom,
  toNumbers,
  type Device,
} from "@fastgpu/core";
import { roundToHalf } from "@fastgpu/core/functional";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../src/index.ts";

/** Every kind of f32: all exponents with mantissas around each tie, both signs, and what is no number. */
function values(): Float32Array {
  const list = [0, -0, Infinity, -Infinity, NaN, 65504, 65519.996, 65520, -65520, 1e38];
  for (let exponent = -27; exponent <= 16; exponent++) {
    for (const steps of [0, 1, 2, 3, 1022, 1023]) {
      for (const rest of [0, 2 ** -20, 0.5 - 2 ** -12, 0.5, 0.5 + 2 ** -12, 1 - 2 ** -12]) {
        const value = (1 + (steps + rest) / 1024) * 2 ** exponent;
        list.push(value, -value);
      }
    }
  }
  return Float32Array.from(list);
}

describe.each(["wasm", "cpu"])("%s", (id) => {
  let device: Device;
  beforeAll(async () => {
    const info = await backend.find?.(id);
    if (info === undefined) throw new TypeError(`${id} must be known`);
    device = await backend.open(info, {});
  });
  afterAll(() => device.dispose());

  test("rounds to the nearest f16, ties to even", async () => {
    const x = values();
    const builder = new GraphBuilder("round");
    builder.output("y", roundToHalf(builder.input("x", "f32", [x.length])));
    const program = await device.compile(builder.build());
    const { y } = await program.run({ x: tensor("f32", [x.length], x) });
    // The conversion of the core goes through the bits of f16.
    const expected = toNumbers(tensorFrom("f16", [x.length], x));
    const found = y === undefined ? [] : toNumbers(y);
    const wrong = [...x].filter((_, i) => !sameNumber(found[i] ?? NaN, expected[i] ?? 0));
    expect(wrong).toEqual([]);
  });

  test("f16 is refused, and says under which name its rounding is to be had", () => {
    const builder = new GraphBuilder("sum");
    const x = builder.input("x", "f32", [4]);
    builder.output("y", builder.op("add", [x, x], {}));
    const graph = builder.build();
    expect(device.supports(applyPrecision(graph, precisionPolicies.f16))).toEqual({
      reason: expect.stringMatching(/got f16 in .*; precision f16-storage-emulated/) as string,
    });
    const emulated = applyPrecision(graph, precisionPolicies["f16-storage-emulated"]);
    expect(device.supports(emulated)).toBe(true);
  });
});

/** Zeros of either sign are one number. */
function sameNumber(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
