// Products of bytes summed in i32, as quantised inference has them: all pairs of signs, every layout, depths that no word of
// four divides, broadcast leading axes. Sums are exact, so nothing is tolerated.
import { GraphBuilder, sizeOf, type DType, type RefTensor, type Shape } from "@fastgpu/core";
import { cast, matmul } from "@fastgpu/core/functional";
import type { ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";

interface ByteProduct {
  readonly types: readonly ["i8" | "u8", "i8" | "u8"];
  readonly a: Shape;
  readonly b: Shape;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const signs: readonly ByteProduct["types"][] = [
  ["i8", "i8"],
  ["u8", "u8"],
  ["u8", "i8"],
  ["i8", "u8"],
];

const products: readonly ByteProduct[] = [
  ...signs.flatMap((types): ByteProduct[] => [
    { types, a: [5, 8], b: [8, 12] },
    { types, a: [6, 7], b: [7, 5] },
    { types, a: [65, 130], b: [33, 130], transposeB: true },
  ]),
  { types: ["i8", "i8"], a: [36, 20], b: [36, 64], transposeA: true },
  { types: ["u8", "i8"], a: [9, 20], b: [12, 9], transposeA: true, transposeB: true },
  { types: ["i8", "i8"], a: [2, 1, 3, 17], b: [3, 17, 8] },
  { types: ["u8", "u8"], a: [1, 1030], b: [1030, 4] },
  { types: ["i8", "i8"], a: [3, 0], b: [0, 4] },
];

function programOf({ types, a, b, transposeA = false, transposeB = false }: ByteProduct): Program {
  const builder = new GraphBuilder("bytes");
  const [x, y] = [builder.input("a", types[0], a), builder.input("b", types[1], b)];
  builder.output("y", matmul(cast(x, "i32"), cast(y, "i32"), transposeA, transposeB));
  return { graph: builder.build(), runs: [{ a: bytes(types[0], a), b: bytes(types[1], b) }] };
}

/** Every byte in turn, in steps without a small period, the smallest first. */
function bytes(dtype: DType, shape: Shape): RefTensor {
  const low = dtype === "i8" ? -128 : 0;
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => low + ((i * 167) % 256));
  return { dtype, shape, data };
}

function nameOf({ types, a, b, transposeA = false, transposeB = false }: ByteProduct): string {
  const of = (dtype: DType, shape: Shape, isTransposed: boolean): string =>
    `${dtype}[${shape.join()}]${isTransposed ? " transposed" : ""}`;
  return `bytes/${of(types[0], a, transposeA)} by ${of(types[1], b, transposeB)} in i32`;
}

/** Cases of products of bytes. */
export const byteProductCases: readonly ConformanceCase[] = products.map((product) =>
  programCase(nameOf(product), () => programOf(product)),
);
