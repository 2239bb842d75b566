// Numbers as WGSL literals that give exactly their bits.
import type { DType } from "@fastgpu/core";
import type { Wgsl } from "../kernels/kernel.ts";
import type { FunctionName } from "./functions.ts";
import { valueTypeOf } from "./program.ts";

/** A literal and the library function it calls, if any. */
export interface Literal {
  readonly text: Wgsl;
  readonly uses?: FunctionName;
}

/** A number of a dtype as an expression of its value type. */
export function literal(dtype: DType, value: number): Literal {
  switch (valueTypeOf(dtype)) {
    case "f32":
      return float(value);
    case "i32":
      return {
        text:
          value === -(2 ** 31) ? "(-2147483647i - 1i)" : value < 0 ? `(${value}i)` : `${value}i`,
      };
    case "bool":
      return { text: value === 0 ? "false" : "true" };
  }
}

function float(value: number): Literal {
  if (Number.isNaN(value)) return { text: "quiet_nan()", uses: "quiet_nan" };
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) {
    return { text: rounded > 0 ? "infinity()" : "(-infinity())", uses: "infinity" };
  }
  const magnitude = Math.abs(rounded);
  if (Object.is(rounded, -0) || (magnitude > 0 && magnitude < 2 ** -126)) {
    return { text: `bitcast<f32>(${bitsOf(rounded)}u)` };
  }
  return { text: rounded < 0 ? `(${rounded}f)` : `${rounded}f` };
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}
