// Matrix product, one invocation per element. Right for every shape and dtype; fast for none.
import type { Kernel, KernelFamily, Wgsl } from "./kernel.ts";

/** a [batch of a, m, k] x b [batch of b, k, n] -> [batch, m, n]; transposed operands are stored [k, m] and [n, k]. */
export interface MatmulProblem {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Leading axes of the result. */
  readonly batch: readonly number[];
  /** Steps, in matrices, of each operand along `batch`; 0 along an axis that is broadcast. */
  readonly batchStepsA: readonly number[];
  readonly batchStepsB: readonly number[];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Type of the sum. */
  readonly accumulator: "f32" | "i32";
}

/** See {@link MatmulProblem}. Coordinates of the result: [matrix, row, column]. */
export const matmul: KernelFamily<MatmulProblem> = {
  name: "matmul",
  defaultTile: () => ({}),
  tiles: () => [{}],
  build: (problem): Kernel => {
    const { m, n, k, batch, transposeA, transposeB, accumulator } = problem;
    const matrices = batch.reduce((product, size) => product * size, 1);
    const elements = matrices * m * n;
    const at = (row: Wgsl, column: Wgsl, width: number): Wgsl => `${row} * ${width}u + ${column}`;
    return {
      output: [matrices, m, n],
      stages: [
        {
          label: "plain",
          reads: [
            { source: 0, width: 1 },
            { source: 1, width: 1 },
          ],
          workgroupSize: 64,
          workgroups: Math.ceil(elements / 64),
          emit: ({ reads: [a, b], finish }) => ({
            declarations: "",
            body: `
  let element = group * 64u + lane;
  if (element < ${elements}u) {
    let column = element % ${n}u;
    let row = (element / ${n}u) % ${m}u;
    let matrix = element / ${m * n}u;
    let base_a = ${matrixIndex("matrix", batch, problem.batchStepsA)} * ${m * k}u;
    let base_b = ${matrixIndex("matrix", batch, problem.batchStepsB)} * ${k * n}u;
    var sum = ${accumulator}(0);
    for (var i = 0u; i < ${k}u; i++) {
      sum += ${a!.load(`base_a + ${transposeA ? at("i", "row", m) : at("row", "i", k)}`)} *
        ${b!.load(`base_b + ${transposeB ? at("column", "i", k) : at("i", "column", n)}`)};
    }
    ${finish(["matrix", "row", "column"], "sum")}
  }`,
          }),
        },
      ],
    };
  },
};

/** Index of an operand's matrix from that of the result: the sum of its steps over the leading axes. */
export function matrixIndex(
  matrix: Wgsl,
  batch: readonly number[],
  steps: readonly number[],
): Wgsl {
  let stride = 1;
  const terms: Wgsl[] = [];
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    const [size, step] = [batch[axis]!, steps[axis]!];
    if (step > 0 && size > 1) terms.push(`(${matrix} / ${stride}u) % ${size}u * ${step}u`);
    stride *= size;
  }
  return terms.length === 0 ? "0u" : `(${terms.join(" + ")})`;
}
