// Element types of tensors and how they are stored on the host. Not here: conversion between them (see tensor.ts).

/**
 * Element type of a tensor. `f16` is IEEE 754 binary16, stored on the host as its 16 bits in a Uint16Array;
 * `bool` is one byte, 0 or 1; integers are two's complement.
 *
 * There is no bf16: of the engines so far none computes in it (ONNX Runtime 1.30 has no bf16 MatMul on its CPU
 * provider, WGSL has no such type), and as mere storage it would round parameters to 8 bits.
 */
export type DType = "f32" | "f16" | "i32" | "i8" | "u8" | "bool";

/** Host storage of each dtype. */
export interface TensorDataOf {
  readonly f32: Float32Array;
  readonly f16: Uint16Array;
  readonly i32: Int32Array;
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly bool: Uint8Array;
}

/** Any host storage. */
export type TensorData = TensorDataOf[DType];

/** All dtypes, floats first. */
export const dtypes: readonly DType[] = ["f32", "f16", "i32", "i8", "u8", "bool"];

/** Size of one element in bytes. */
export const dtypeBytes: { readonly [D in DType]: number } = {
  f32: 4,
  f16: 2,
  i32: 4,
  i8: 1,
  u8: 1,
  bool: 1,
};

/** True for the floating-point dtypes. */
export function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f16";
}

const constructors = {
  f32: Float32Array,
  f16: Uint16Array,
  i32: Int32Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const;

/** Allocates zeroed host storage for `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): TensorDataOf[D] {
  // The table above pairs each key with the constructor of TensorDataOf[key]; TypeScript cannot follow that.
  return new constructors[dtype](length) as TensorDataOf[D];
}

/** Views bytes as host storage of a dtype; `byteOffset` must be a multiple of the element size. */
export function viewBytes<D extends DType>(
  dtype: D,
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number,
): TensorDataOf[D] {
  return new constructors[dtype](buffer, byteOffset, length) as TensorDataOf[D];
}
