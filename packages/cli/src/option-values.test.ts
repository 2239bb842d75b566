// Values of options: what each parser reads, and one line for what it does not.
import { expect, test } from "vitest";
import { parseEngineSettings } from "./option-values.ts";

test("engine settings are numbers, true and false where they look so, else text", () => {
  expect(parseEngineSettings("arithmetic=f16, kernelRows=8,skipValidation=true,a=b=c")).toEqual({
    arithmetic: "f16",
    kernelRows: 8,
    skipValidation: true,
    a: "b=c",
  });
  for (const part of ["arithmetic", "=f16", "arithmetic="]) {
    expect(() => parseEngineSettings(`kernelRows=8,${part}`)).toThrow(
      `--engine: must be name=value, got "${part}"`,
    );
  }
});
