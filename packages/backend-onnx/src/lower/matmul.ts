// Matrix product: Gemm for two matrices of floats, which takes transposed operands as they lie; MatMul otherwise.
import { isFloat } from "@fastgpu/core";
import type { Edge } from "../model/model-writer.ts";
import { castTo, transposed, type Lowering } from "./lowering.ts";

/** a x b over the last two axes, either one transposed. */
export const matmul: Lowering<"matmul"> = ({ writer, inputs, types, output, attrs }) => {
  const { transposeA, transposeB } = attrs;
  const [a, b] = [types[0]!, types[1]!];
  if (isFloat(output.dtype) && a.shape.length === 2 && b.shape.length === 2) {
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return writer.node("Gemm", inputs, { attributes });
  }
  // There is no kernel for 8-bit operands with an 8-bit result; i32 products wrap to the same bits.
  const isNarrow = output.dtype === "i8" || output.dtype === "u8";
  const operand = (i: number, isTransposed: boolean): Edge => {
    const x = isNarrow ? castTo(writer, inputs[i]!, "i32") : inputs[i]!;
    return isTransposed ? transposed(writer, x, swapLast(types[i]!.shape.length)) : x;
  };
  const product = writer.node("MatMul", [operand(0, transposeA), operand(1, transposeB)]);
  return isNarrow ? castTo(writer, product, output.dtype) : product;
};

function swapLast(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
}
