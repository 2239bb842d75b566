// The one table of tolerances. What a result may be off by follows from the rounding of its dtype and the number of
// terms behind it, see bounds.ts; nothing is set per case.
import type { DType, PrimitiveName } from "@fastgpu/core";

/** Unit roundoff of the float dtypes: half the distance from 1 to the next number. Integers and bools are exact. */
export const unitRoundoff: { readonly [D in DType]: number } = {
  f32: 2 ** -24,
  f16: 2 ** -11,
  i32: 0,
  i8: 0,
  u8: 0,
  bool: 0,
};

/**
 * Where the error of one element of an op comes from. `exact`: bits are handed on, or the result is a number of every
 * dtype. `sum`: it grows with the number of terms and the sum of their magnitudes; `product`: with the number of
 * factors. A number: roundings that an engine may spend, 1 for a correctly rounded result; more for elementary
 * functions, by the accuracy that vector libraries of CPUs and shader languages state near the usual range.
 */
export type ErrorModel = "exact" | "sum" | "product" | number;

/** The error model of every primitive. */
export const errorModels: { readonly [K in PrimitiveName]: ErrorModel } = {
  neg: "exact",
  abs: "exact",
  sign: "exact",
  reciprocal: 2,
  exp: 4,
  log: 4,
  sqrt: 2,
  rsqrt: 3,
  sin: 4,
  cos: 4,
  tanh: 6,
  sigmoid: 6,
  erf: 6,
  floor: "exact",
  ceil: "exact",
  round: "exact",
  isFinite: "exact",
  not: "exact",
  add: 1,
  sub: 1,
  mul: 1,
  div: 3,
  pow: 16,
  maximum: "exact",
  minimum: "exact",
  and: "exact",
  or: "exact",
  equal: "exact",
  less: "exact",
  greater: "exact",
  select: "exact",
  cast: 1,
  reshape: "exact",
  transpose: "exact",
  broadcastTo: "exact",
  slice: "exact",
  pad: "exact",
  concat: "exact",
  gather: "exact",
  scatterAdd: "sum",
  reverse: "exact",
  iota: "exact",
  reduceSum: "sum",
  reduceMax: "exact",
  reduceMin: "exact",
  reduceProd: "product",
  argMax: "exact",
  matmul: "sum",
  conv: "sum",
  convInputGrad: "sum",
  convFilterGrad: "sum",
  maxPool: "exact",
  maxPoolGrad: "sum",
  avgPool: "sum",
  avgPoolGrad: "sum",
  randomUniform: "exact",
  allReduce: 1,
  send: "exact",
  recv: "exact",
};

/** How much more than the largest sampled deviation a device may be off. */
export const safetyFactor = 8;
