// How far a result may lie from the float64 reference.
import type { Precision } from "@fastgpu/core";

/**
 * Largest error per precision, as a part of the largest magnitude in the tensor. A sum of n products rounded to a unit u
 * is off by about u sqrt(n) of its terms' size; u = 2^-24 for f32, 2^-11 for f16. With n up to 4096 and a few layers
 * behind each other: f32 4e-6 x 25, f16 (also emulated) and mixed 0.03. int8 rounds weights and activations to 1/127 of their range
 * each, which adds up over layers.
 */
export const toleranceRatio: { readonly [P in Precision]: number } = {
  f32: 1e-4,
  mixed: 3e-2,
  f16: 3e-2,
  "f16-storage-emulated": 3e-2,
  int8: 1e-1,
};
