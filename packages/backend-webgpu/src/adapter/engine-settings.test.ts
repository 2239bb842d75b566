// Engine settings: what is accepted, and one line for what is not.
import { UsageError } from "@fastgpu/core";
import { expect, test } from "vitest";
import { softwareTraits } from "../../test/made-up-traits.ts";
import { allowedTraits, kernelWishOf, settingsOf, togglesOf } from "./engine-settings.ts";

const traits = { ...softwareTraits, hasF16: false };

type Engine = Record<string, string | number | boolean>;

function read(engine: Engine): object {
  allowedTraits({ engine }, traits);
  return { toggles: togglesOf({ engine }), wish: kernelWishOf({ engine }, traits) };
}

test("reads toggles and wishes; auto and absent wish nothing", () => {
  expect(read({ skipValidation: true, disableRobustness: false })).toEqual({
    toggles: ["skip_validation"],
    wish: {},
  });
  expect(read({ kernelMethod: "auto", kernelRows: "auto", kernelSplit: "auto" })).toEqual({
    toggles: [],
    wish: {},
  });
  expect(read({ kernelMethod: "plain", kernelRows: 12, kernelSplit: 2 })).toEqual({
    toggles: [],
    wish: { method: "plain", rows: 12, split: 2 },
  });
});

test("what is listed is accepted, the engine's own choice first", () => {
  const { settings, settingsWhen } = settingsOf(traits);
  expect(Object.keys(settings)).toEqual(["kernelMethod", "kernelRows", "kernelSplit"]);
  for (const [name, values] of Object.entries(settings)) {
    expect(values[0]).toBe("auto");
    expect(values.length).toBeGreaterThan(2);
    for (const value of values) expect(() => read({ [name]: value })).not.toThrow();
  }
  // The other methods have kernels of one size here.
  const when = { kernelMethod: ["auto", "broadcast"] };
  expect(settingsWhen).toEqual({ kernelRows: when, kernelSplit: when });
});

test("f16 sums are allowed by name alone, and not searched", () => {
  const half = { ...traits, hasF16: true };
  const allowed = (engine: Engine): unknown => allowedTraits({ engine }, half).allowsHalfSums;
  expect([allowed({}), allowed({ arithmetic: "f32" }), allowed({ arithmetic: "f16" })]).toEqual([
    undefined,
    undefined,
    true,
  ]);
  expect(settingsOf(half)).not.toHaveProperty("arithmetic");
});

test.each<[Engine, string]>([
  [{ arithmetic: "f16" }, 'webgpu: arithmetic must be one of f32 on this adapter, got "f16"'],
  [
    { warp: true },
    'webgpu: engine settings are skipValidation, disableRobustness, kernelMethod, kernelRows, kernelSplit, arithmetic, got "warp"',
  ],
  [{ toString: 1 }, 'got "toString"'],
  [{ skipValidation: 1 }, "webgpu: skipValidation must be true or false, got 1"],
  [
    { kernelMethod: "units" },
    'webgpu: kernelMethod must be one of auto, broadcast, tiled, plain on this adapter, got "units"',
  ],
  [{ kernelMethod: 1 }, "on this adapter, got 1"],
  [{ kernelRows: 0 }, 'webgpu: kernelRows must be "auto" or a whole number >= 1, got 0'],
  [{ kernelRows: "8" }, 'got "8"'],
  [{ kernelSplit: 1.5 }, 'webgpu: kernelSplit must be "auto" or a whole number >= 1, got 1.5'],
  [{ kernelSplit: true }, "got true"],
])("refuses %j", (engine, message) => {
  expect(() => read(engine)).toThrow(UsageError);
  expect(() => read(engine)).toThrow(message);
});
