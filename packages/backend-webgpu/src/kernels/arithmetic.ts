// How a product multiplies the elements of its factors and adds them up, so that a method is written once for floats, whole
// numbers and bytes in fours.
import type { FunctionName } from "../lower/functions.ts";
import type { Wgsl } from "./kernel.ts";

/** See the file's purpose. */
export interface Arithmetic {
  /** Type of a factor's element as loads give it; u32 holds four bytes, neighbours along the depth. */
  readonly element: "f32" | "i32" | "u32";
  readonly sum: "f32" | "i32";
  /** Products are added in f16 over so many depth indices before they go into the sums; absent where each goes there at once. */
  readonly halfRun?: number;
  /** Functions of the library that the expressions call. */
  readonly functions: readonly FunctionName[];
  /** A sum with the product of two elements added. */
  readonly addOne: (sum: Wgsl, a: Wgsl, b: Wgsl) => Wgsl;
  /** Four sums (vec4) with the products of one element and four (vec4) added. */
  readonly addFour: (sums: Wgsl, a: Wgsl, b: Wgsl) => Wgsl;
  /** The same with the factors exchanged. */
  readonly transposed: () => Arithmetic;
}

/** Floats, f16 as f32. */
export const floatArithmetic: Arithmetic = {
  element: "f32",
  sum: "f32",
  functions: [],
  addOne: (sum, a, b) => `${sum} + ${a} * ${b}`,
  addFour: (sums, a, b) => `fma(vec4<f32>(${a}), ${b}, ${sums})`,
  transposed: () => floatArithmetic,
};

/** Whole numbers, bytes as i32; sums wrap. */
export const integerArithmetic: Arithmetic = {
  element: "i32",
  sum: "i32",
  functions: [],
  addOne: (sum, a, b) => `${sum} + ${a} * ${b}`,
  addFour: (sums, a, b) => `${sums} + ${a} * ${b}`,
  transposed: () => integerArithmetic,
};

/**
 * Products of f16 in f16, added in f16 over runs of 4 depth indices, the runs in f32. Of each element the error is at most 4 x
 * 2^-11 (0.2%) of the sum of the magnitudes of its products, beside that of the sum in f32. A run over 65504 is infinite
 * and a product under 2^-14 may be taken for 0 although the sum in f32 would be right, so this is for those who
 * allow it. For methods that keep factors in workgroup memory.
 */
export const halfArithmetic: Arithmetic = {
  ...floatArithmetic,
  halfRun: 4,
  addFour: (sums, a, b) => `fma(vec4<f16>(${a}), ${b}, ${sums})`,
  transposed: () => halfArithmetic,
};

/** Dtypes of bytes that are multiplied. */
export type ByteType = "i8" | "u8";

/** Bytes in fours, by `dot4I8Packed` and `dot4U8Packed`: exact, as four products of bytes fit i32. */
export function byteArithmetic(left: ByteType, right: ByteType): Arithmetic {
  const dots = `dots_${left}_${right}` as const;
  return {
    element: "u32",
    sum: "i32",
    // Factors whose neighbours lie across the depth come through the second.
    functions: [dots, "transpose_bytes"],
    addOne: (sum, a, b) => `${sum} + ${dots}(${a}, vec4<u32>(${b})).x`,
    addFour: (sums, a, b) => `${sums} + ${dots}(${a}, ${b})`,
    transposed: () => byteArithmetic(right, left),
  };
}
