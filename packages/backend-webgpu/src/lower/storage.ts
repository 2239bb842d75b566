// Tensors in device memory as the compiler sees them, and how WGSL reads and writes their elements.
import { dtypeBytes, type DType } from "@fastgpu/core";
import type { TensorView, Wgsl } from "../kernels/kernel.ts";
import { isByte, valueTypeOf } from "./program.ts";

/** Who provides the memory of a tensor. */
export type Place =
  | { readonly kind: "input" | "state"; readonly name: string }
  | { readonly kind: "constant"; readonly node: number }
  | { readonly kind: "arena" };

/** A tensor in device memory: contiguous, row-major, padded to whole 16 bytes. */
export interface Storage {
  readonly id: number;
  readonly dtype: DType;
  readonly elements: number;
  readonly place: Place;
}

/** A contiguous part of a tensor. */
export interface StorageView {
  readonly storage: Storage;
  /** First element. */
  readonly offset: number;
}

/** Bytes that a tensor takes, so that it can be read and copied in whole words and vectors. */
export function storageBytes({ dtype, elements }: Pick<Storage, "dtype" | "elements">): number {
  return Math.ceil((elements * dtypeBytes[dtype]) / 16) * 16;
}

/** Elements that one invocation must write at once, so that no two write to one word. */
export function elementsPerWrite(dtype: DType, isWords: boolean): number {
  if (isByte(dtype)) return 4;
  return dtype === "f16" && isWords ? 2 : 1;
}

/**
 * How a binding is declared: by its own elements, one or four at a time, or, where several tensors share one binding, as
 * 32-bit words from `firstWord` on.
 */
export type BindingForm =
  | { readonly kind: "elements"; readonly width: 1 | 4 }
  | { readonly kind: "words"; readonly firstWord: number };

const elementTypes: { readonly [D in DType]: Wgsl } = {
  f32: "f32",
  f16: "f16",
  i32: "i32",
  i8: "u32",
  u8: "u32",
  bool: "u32",
};

/** Type of a binding's array elements. */
export function arrayElement(dtype: DType, form: BindingForm): Wgsl {
  if (form.kind === "words") return "u32";
  const element = elementTypes[dtype];
  return form.width === 4 && !isByte(dtype) ? `vec4<${element}>` : element;
}

/** Reads a bound tensor from an element on. */
export class StorageReader implements TensorView {
  private readonly name: Wgsl;
  private readonly dtype: DType;
  private readonly form: BindingForm;
  private readonly offset: number;

  /** @param offset - element that index 0 means */
  constructor(name: Wgsl, dtype: DType, form: BindingForm, offset: number) {
    this.name = name;
    this.dtype = dtype;
    this.form = form;
    this.offset = offset;
  }

  /** See {@link TensorView.load}; bool as bool. */
  load(index: Wgsl): Wgsl {
    const { name, dtype, form } = this;
    const at = this.offset === 0 ? `(${index})` : `(${index} + ${this.offset}u)`;
    if (isByte(dtype)) return byteOf(dtype, this.word(`${at} >> 2u`), at);
    if (form.kind === "words") {
      if (dtype === "f16") return `unpack2x16float(${this.word(`${at} >> 1u`)})[${at} & 1u]`;
      return `bitcast<${dtype}>(${this.word(at)})`;
    }
    const plain = this.offset === 0 ? index : `${index} + ${this.offset}u`;
    const element = form.width === 4 ? `${name}[${at} >> 2u][${at} & 3u]` : `${name}[${plain}]`;
    return dtype === "f16" ? `f32(${element})` : element;
  }

  /** See {@link TensorView.load4}. */
  load4(q: Wgsl): Wgsl {
    const { dtype } = this;
    if (isByte(dtype)) {
      const lanes = [0, 1, 2, 3].map((lane) => byteOf(dtype, this.loadPacked(q), `${lane}u`));
      return `vec4<i32>(${lanes.join(", ")})`;
    }
    const value = `${this.name}[${this.vector(q)}]`;
    return `vec4<${valueTypeOf(dtype)}>(${value})`;
  }

  /** See {@link TensorView.loadHalf4}. */
  loadHalf4(q: Wgsl): Wgsl {
    return `${this.name}[${this.vector(q)}]`;
  }

  /** See {@link TensorView.loadPacked}. */
  loadPacked(q: Wgsl): Wgsl {
    return this.word(this.vector(q));
  }

  private vector(q: Wgsl): Wgsl {
    return this.offset === 0 ? q : `${q} + ${this.offset / 4}u`;
  }

  private word(index: Wgsl): Wgsl {
    const { name, form } = this;
    const isOffset = form.kind === "words" && form.firstWord > 0;
    return isOffset ? `${name}[(${index}) + ${form.firstWord}u]` : `${name}[${index}]`;
  }
}

/** Statement that writes consecutive elements from `index` on; as many values as `elementsPerWrite` says. */
export function storeStatement(
  name: Wgsl,
  dtype: DType,
  form: BindingForm,
  index: Wgsl,
  values: readonly Wgsl[],
): Wgsl {
  const word = (at: Wgsl): Wgsl =>
    form.kind === "words" && form.firstWord > 0 ? `(${at}) + ${form.firstWord}u` : at;
  if (isByte(dtype)) {
    const bits = values.map((value, lane) => {
      const byte =
        dtype === "bool" ? `select(0u, 1u, ${value})` : `(bitcast<u32>(${value}) & 255u)`;
      return lane === 0 ? byte : `(${byte} << ${8 * lane}u)`;
    });
    return `${name}[${word(`${index} >> 2u`)}] = ${bits.join(" | ")};`;
  }
  const [value] = values;
  if (form.kind === "words") {
    if (dtype === "f16") {
      return `${name}[${word(`${index} >> 1u`)}] = pack2x16float(vec2<f32>(${values.join(", ")}));`;
    }
    return `${name}[${word(index)}] = bitcast<u32>(${value!});`;
  }
  return `${name}[${index}] = ${dtype === "f16" ? `f16(${value!})` : value!};`;
}

function byteOf(dtype: DType, word: Wgsl, index: Wgsl): Wgsl {
  const shift = `(${index} & 3u) << 3u`;
  if (dtype === "i8") return `extractBits(bitcast<i32>(${word}), ${shift}, 8u)`;
  const byte = `extractBits(${word}, ${shift}, 8u)`;
  return dtype === "bool" ? `(${byte} != 0u)` : `i32(${byte})`;
}
