// Matrix product. Where an engine is slow at transposed operands they are transposed first, and where it is slow at many
// matrices at once each product is a call of its own.
import { sizeOf } from "@fastgpu/core";
import type { Edge } from "../tape/tape.ts";
import type { TapeWriter } from "../tape/tape-writer.ts";
import { binaryKernel, joined, reshaped, scalar, sliced, spread, transposed } from "./kernels.ts";
import { rowsOf, type Lowering, type LoweringContext } from "./lowering.ts";
import type { AttrsOf } from "@fastgpu/core";

/** Products per node up to which each is a call of its own. */
const maxSingleProducts = 64;

/** a x b over the last two axes, either one transposed. */
export const matmul: Lowering<"matmul"> = (context) => {
  const { tape, traits, types, output } = context;
  const { transposeA, transposeB } = context.attrs;
  let [a, b] = [rowsOf(context, 0), rowsOf(context, 1)];
  const isBatched = output.shape.length > 2;
  if (isBatched && !transposeA && sizeOf(types[1]!.shape.slice(0, -2)) === 1) {
    return sharedProduct(context, a, b);
  }
  const mustTranspose = !traits.hasTransposedProducts;
  const [flagA, flagB] = [transposeA && !mustTranspose, transposeB && !mustTranspose];
  if (transposeA && mustTranspose) a = swapped(tape, a);
  if (transposeB && mustTranspose) b = swapped(tape, b);
  const batch = output.shape.slice(0, -2);
  const count = sizeOf(batch);
  if (traits.hasBatchedProducts || count === 1 || count > maxSingleProducts) {
    // Kernels broadcast whole batches only, and not all of them do that right.
    const wide = [a, b].map((x) => spread(tape, x, [...batch, ...tape.typeOf(x).shape.slice(-2)]));
    return product(context, wide[0]!, wide[1]!, [flagA, flagB], output.shape);
  }
  return singleProducts(context, a, b, output.shape);
};

/** One product of two registers. */
export function product(
  { tape, traits }: Pick<LoweringContext<unknown>, "tape" | "traits">,
  a: Edge,
  b: Edge,
  [transposeA, transposeB]: readonly [boolean, boolean],
  shape: readonly number[],
): Edge {
  // Engines want both operands of one rank of at least 3, as the tfjs op hands them over.
  const rank = Math.max(3, shape.length);
  const [wideA, wideB] = [a, b].map((edge) => {
    const own = tape.typeOf(edge).shape;
    return reshaped(tape, edge, [...new Array<number>(rank - own.length).fill(1), ...own]);
  });
  const wide = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  // Where an engine prepares its right operand once per memory and not per shape, another shape needs other memory.
  const mustCopy = traits.cachesRightOperand && !tape.claimsMatrix(wideB!);
  const right = mustCopy ? copied(tape, wideB!) : wideB!;
  const result = tape.call(
    "BatchMatMul",
    { a: wideA!, b: right },
    { transposeA, transposeB },
    { dtype: tape.typeOf(a).dtype, shape: wide },
  );
  return reshaped(tape, result, shape);
}

function copied(tape: TapeWriter, x: Edge): Edge {
  return binaryKernel(tape, "Multiply", x, scalar(tape, 1, tape.typeOf(x).dtype));
}

/** Many rows times one matrix: all leading axes of a are rows. */
function sharedProduct(context: LoweringContext<AttrsOf<"matmul">>, a: Edge, b: Edge): Edge {
  const { tape, traits, types, output, attrs } = context;
  const shapeA = types[0]!.shape;
  const lead = sizeOf(shapeA.slice(0, -1));
  const rows = reshaped(tape, a, [lead, shapeA.at(-1)!]);
  const matrix = reshaped(tape, b, types[1]!.shape.slice(-2));
  const isTurned = attrs.transposeB && !traits.hasTransposedProducts;
  const right = isTurned ? swapped(tape, matrix) : matrix;
  const flags = [false, attrs.transposeB && !isTurned] as const;
  const result = product(context, rows, right, flags, [lead, output.shape.at(-1)!]);
  return reshaped(tape, result, output.shape);
}

/** Each product by itself, the operands broadcast by picking. */
function singleProducts(
  context: LoweringContext<AttrsOf<"matmul">>,
  a: Edge,
  b: Edge,
  shape: readonly number[],
): Edge {
  const { tape } = context;
  const batch = shape.slice(0, -2);
  const [pickA, pickB] = [matrixPicker(tape, a, batch), matrixPicker(tape, b, batch)];
  const matrix = shape.slice(-2);
  const products = Array.from({ length: sizeOf(batch) }, (_, i) =>
    reshaped(tape, product(context, pickA(i), pickB(i), [false, false], matrix), [1, ...matrix]),
  );
  return reshaped(tape, joined(tape, products, 0), shape);
}

function matrixPicker(tape: TapeWriter, x: Edge, batch: readonly number[]): (i: number) => Edge {
  const { shape } = tape.typeOf(x);
  const own = shape.slice(0, -2);
  const matrix = shape.slice(-2) as [number, number];
  const flat = reshaped(tape, x, [sizeOf(own), ...matrix]);
  return (i) => {
    let [rest, index, step] = [i, 0, 1];
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const position = rest % batch[axis]!;
      rest = Math.floor(rest / batch[axis]!);
      const size = own[axis - batch.length + own.length] ?? 1;
      if (size > 1) index += position * step;
      step *= size;
    }
    return reshaped(tape, sliced(tape, flat, [index, 0, 0], [1, ...matrix]), matrix);
  };
}

/** The last two axes exchanged. */
export function swapped(tape: TapeWriter, x: Edge): Edge {
  const rank = tape.typeOf(x).shape.length;
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return transposed(tape, x, [...axes, rank - 1, rank - 2]);
}
