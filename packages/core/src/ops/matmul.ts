// Matrix product over the last two axes, leading axes broadcast, each operand optionally transposed.
import { ShapeError } from "../errors.ts";
import { matmul as product, sumTo } from "../functional.ts";
import { isFloat } from "../graph/dtype.ts";
import { broadcastShapes, formatShape, sizeOf, type Shape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import { broadcastIndex } from "./broadcast-index.ts";
import { checkDType, checkSameDType, wrap } from "./elementwise.ts";
import { streamedBytes, type Primitive, type RefTensor } from "./op.ts";

/** Whether the last two axes of an operand are swapped first. */
export interface MatmulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly batch: number[];
}

/** a [..., m, k] x b [..., k, n] -> [..., m, n]; with transposeA a is [..., k, m], with transposeB b is [..., n, k]. */
export const matmul: Primitive<MatmulAttrs> = {
  kind: "primitive",
  arity: 2,
  infer: ([a, b], attrs) => {
    checkDType("matmul", "number", a!);
    checkSameDType("matmul", a!, b!);
    const { m, n, batch } = sizesOf(a!.shape, b!.shape, attrs);
    return { dtype: a!.dtype, shape: [...batch, m, n] };
  },
  // C = AB: dA = dC B^T, dB = A^T dC; a transposed operand gets the transpose of its gradient.
  vjp: ({ inputs: [a, b], grad, attrs: { transposeA, transposeB } }) => {
    const gradA = transposeA
      ? product(b!, grad, transposeB, true)
      : product(grad, b!, false, !transposeB);
    const gradB = transposeB
      ? product(grad, a!, true, transposeA)
      : product(a!, grad, !transposeA, false);
    return [sumTo(gradA, a!.shape), sumTo(gradB, b!.shape)];
  },
  evaluate: ([a, b], attrs, output) => evaluate(a!, b!, attrs, output),
  flops: ([a, b], attrs) => {
    const { m, k, n, batch } = sizesOf(a!.shape, b!.shape, attrs);
    return 2 * m * n * k * sizeOf(batch);
  },
  bytes: streamedBytes,
};

function sizesOf(a: Shape, b: Shape, { transposeA, transposeB }: MatmulAttrs): Sizes {
  const [aRows, aColumns] = a.slice(-2);
  const [bRows, bColumns] = b.slice(-2);
  if (
    aRows === undefined ||
    aColumns === undefined ||
    bRows === undefined ||
    bColumns === undefined
  ) {
    throw new ShapeError(
      `matmul: operands must have 2 axes or more, got a=${formatShape(a)}, b=${formatShape(b)}`,
    );
  }
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [inner, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (k !== inner) {
    const flags = `${transposeA ? " (transposed)" : ""}, b=${formatShape(b)}${transposeB ? " (transposed)" : ""}`;
    throw new ShapeError(`matmul: inner sizes must match, got a=${formatShape(a)}${flags}`);
  }
  return { m, k, n, batch: broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2)) };
}

function evaluate(
  a: RefTensor,
  b: RefTensor,
  attrs: MatmulAttrs,
  output: TensorType,
): Float64Array {
  const { m, k, n, batch } = sizesOf(a.shape, b.shape, attrs);
  const result = new Float64Array(sizeOf(output.shape));
  const [rowA, stepA] = attrs.transposeA ? [1, m] : [k, 1];
  const [stepB, columnB] = attrs.transposeB ? [1, k] : [n, 1];
  const matrixA = broadcastIndex(a.shape.slice(0, -2), batch);
  const matrixB = broadcastIndex(b.shape.slice(0, -2), batch);
  // Sums of i32 products leave the exact range of float64, so integers multiply and wrap step by step.
  const accumulate = isFloat(output.dtype) ? addScaled : addScaledWrapped;
  for (let matrix = 0; matrix < sizeOf(batch); matrix++) {
    const baseA = matrixA(matrix) * m * k;
    const baseB = matrixB(matrix) * k * n;
    for (let i = 0; i < m; i++) {
      const row = result.subarray((matrix * m + i) * n, (matrix * m + i + 1) * n);
      for (let p = 0; p < k; p++) {
        accumulate(row, a.data[baseA + i * rowA + p * stepA]!, b.data, baseB + p * stepB, columnB);
      }
    }
  }
  return isFloat(output.dtype) ? result : result.map((value) => wrap(output.dtype, value));
}

/** row += factor * data[start + j step] */
function addScaled(
  row: Float64Array,
  factor: number,
  data: Float64Array,
  start: number,
  step: number,
): void {
  for (let j = 0; j < row.length; j++) row[j] = row[j]! + factor * data[start + j * step]!;
}

function addScaledWrapped(
  row: Float64Array,
  factor: number,
  data: Float64Array,
  start: number,
  step: number,
): void {
  for (let j = 0; j < row.length; j++) {
    row[j] = (row[j]! + Math.imul(factor, data[start + j * step]!)) | 0;
  }
}
