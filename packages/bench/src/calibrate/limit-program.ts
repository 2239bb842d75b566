// The programs behind the limits of a device: a product of two large matrices, and a read and a write of a large tensor.
// Everything lies on the device and stays there, so that nothing but the work is timed.
import {
  allocate,
  dtypeBytes,
  GraphBuilder,
  tensor,
  toNumbers,
  type DType,
  type Graph,
  type HostTensor,
  type TensorMap,
} from "@fastgpu/core";
import type { CorrectnessCheck, SpeedLimit } from "@fastgpu/results";
import { compareWith } from "../trial/compare.ts";
import { randomTensor } from "../trial/random-tensor.ts";
import { toleranceRatio } from "../trial/tolerance.ts";

/** A program with its work per run and the check of its first run. */
export interface LimitProgram {
  readonly graph: Graph;
  readonly state: TensorMap;
  /** FLOPs or bytes of one run. */
  readonly work: number;
  /** Compares the outputs and the state after the first run with what they must be. */
  check(outputs: TensorMap, stateAfter: TensorMap): CorrectnessCheck;
}

/** Precisions whose limits are measured: those that programs compute in. */
export type LimitPrecision = "f32" | "f16";

const checkedRows = 2;

/**
 * The program of a limit.
 *
 * @param size - rows and columns of the matrices, or elements of the tensor
 */
export function limitProgram(
  kind: SpeedLimit["kind"],
  precision: LimitPrecision,
  size: number,
  seed: number,
): LimitProgram {
  return kind === "gemm" ? product(precision, size, seed) : copy(precision, size, seed);
}

/** y = a b for square matrices: 2 n^3 FLOPs. */
function product(dtype: DType & LimitPrecision, n: number, seed: number): LimitProgram {
  const shape = [n, n];
  const builder = new GraphBuilder(`product ${n}`);
  const [a, b] = ["a", "b"].map((name) => builder.state(name, dtype, shape));
  if (a === undefined || b === undefined) throw new TypeError("product: needs two matrices");
  builder.output("y", builder.op("matmul", [a, b], { transposeA: false, transposeB: false }));
  const state = {
    a: randomTensor({ dtype, shape }, seed),
    b: randomTensor({ dtype, shape }, seed + 1),
  };
  return {
    graph: builder.build(),
    state,
    work: 2 * n ** 3,
    check: ({ y }) => {
      const [left, right] = [toNumbers(state.a), toNumbers(state.b)];
      const expected = new Float64Array(checkedRows * n);
      for (let row = 0; row < checkedRows; row++) {
        for (let k = 0; k < n; k++) {
          const factor = left[row * n + k] ?? 0;
          for (let column = 0; column < n; column++) {
            expected[row * n + column] =
              (expected[row * n + column] ?? 0) + factor * (right[k * n + column] ?? 0);
          }
        }
      }
      const actual = y === undefined ? [] : toNumbers(y).subarray(0, expected.length);
      const words = {
        kind: "reference",
        reference: `float64 product of the first ${checkedRows} rows`,
      } as const;
      return compareWith(words, [{ name: "y", actual, expected }], toleranceRatio[dtype]);
    },
  };
}

/** Elements that are drawn and compared: drawing and comparing 16 million would take longer than all runs. */
const blockSize = 65_536;

/** A tensor that is the block again and again. `size` must be a multiple of the block's. */
function repeated(block: HostTensor, size: number): HostTensor {
  const data = allocate(block.dtype, size);
  for (let start = 0; start < size; start += block.data.length) data.set(block.data, start);
  return tensor(block.dtype, [size], data);
}

/** The last elements: a copy that stops early does not reach them. */
function lastElements({ dtype, data }: HostTensor, count: number): HostTensor {
  return tensor(dtype, [count], data.subarray(data.length - count));
}

/** x = -x: one read and one write of every element. */
function copy(dtype: DType & LimitPrecision, size: number, seed: number): LimitProgram {
  const shape = [size];
  const builder = new GraphBuilder(`copy ${size}`);
  const x = builder.state("x", dtype, shape);
  builder.setNext("x", builder.op("neg", [x], {}));
  const block = randomTensor({ dtype, shape: [Math.min(size, blockSize)] }, seed);
  const expected = toNumbers(block).map((value) => -value);
  return {
    graph: builder.build(),
    state: { x: repeated(block, size) },
    work: 2 * size * dtypeBytes[dtype],
    check: (_outputs, { x: after }) => {
      const end = after === undefined ? undefined : lastElements(after, expected.length);
      const actual = end === undefined ? [] : toNumbers(end);
      const words = { kind: "reference", reference: "negated values" } as const;
      return compareWith(words, [{ name: "x", actual, expected }], toleranceRatio[dtype]);
    },
  };
}
