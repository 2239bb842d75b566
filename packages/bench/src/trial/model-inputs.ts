// Rows for a model: those of the suite's data set, or seeded ones where the suite names none.
import {
  formatShape,
  SuiteError,
  sizeOf,
  tensorFrom,
  toNumbers,
  type Graph,
  type HostTensor,
  type ModelSpec,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import { checkData } from "@fastgpu/runtime";
import { randomTensor } from "./random-tensor.ts";

/**
 * Rows that suit the inputs of a program: rows whose shape differs from the input's only by axes of size 1 are reshaped,
 * numbers converted.
 *
 * @param program - takes `x`, and `y` if it trains; its batch size does not matter
 * @param where - names workload and data set in messages
 * @throws {SuiteError} naming the input and both shapes
 */
export function fitRows(rows: TensorMap, program: Graph, where: string): TensorMap {
  const fitted = program.inputs.flatMap(({ name, node }): (readonly [string, HostTensor])[] => {
    const value = rows[name];
    const type = program.nodes[node]?.type;
    if (value === undefined || type === undefined) return [];
    const row = type.shape.slice(1);
    const isSame = squeezed(value.shape.slice(1)) === squeezed(row);
    const shape = isSame ? [value.shape[0] ?? 0, ...row] : value.shape;
    return [[name, { ...value, shape }]];
  });
  try {
    return checkData("train", Object.fromEntries(fitted), program).tensors;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "USAGE")) throw error;
    throw new SuiteError(`${where}: ${error.message.replace(/^train data: /, "")}`, {
      cause: error,
    });
  }
}

/** Seeded rows for every input of a program: numbers for `x`, classes for `y`. */
export function inventRows(program: Graph, spec: ModelSpec, rows: number, seed: number): TensorMap {
  const entries = program.inputs.map(({ name, node }, i) => {
    const { dtype, shape } = program.nodes[node]?.type ?? { dtype: "f32", shape: [1] };
    const type: TensorType = { dtype, shape: [rows, ...shape.slice(1)] };
    const isTarget = name === "y" || name.startsWith("y/");
    const value = isTarget
      ? inventClasses(type, seed + i)
      : randomTensor(type, seed + i, dtype === "f32" ? {} : { high: smallestVocabulary(spec) });
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

/** The first `count` rows of every tensor; shares memory. */
export function firstRows(tensors: TensorMap, count: number): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => {
      const shape = [count, ...value.shape.slice(1)];
      return [name, { ...value, shape, data: value.data.subarray(0, sizeOf(shape)) }];
    }),
  );
}

/** Rows one after another, from the start again when they end, so that any number of rows can be asked for. */
export function cycleRows(tensors: TensorMap, count: number): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => {
      const rows = value.shape[0] ?? 1;
      const shape = [count, ...value.shape.slice(1)];
      if (rows >= count) return [name, firstRows({ [name]: value }, count)[name] ?? value];
      const numbers = toNumbers(value);
      const repeated = Float64Array.from(
        { length: sizeOf(shape) },
        (_, i) => numbers[i % numbers.length] ?? 0,
      );
      return [name, tensorFrom(value.dtype, shape, repeated)];
    }),
  );
}

/** One class per row as a row of zeros with a one, or as its number. */
function inventClasses(type: TensorType, seed: number): HostTensor {
  const width = sizeOf(type.shape.slice(1));
  const rows = type.shape[0] ?? 0;
  if (type.dtype !== "f32" || width === 1) return randomTensor(type, seed, { low: 0, high: 2 });
  const classes = randomTensor({ dtype: "i32", shape: [rows] }, seed, { high: width });
  const values = new Float64Array(rows * width);
  classes.data.forEach((chosen, row) => {
    values[row * width + chosen] = 1;
  });
  return tensorFrom(type.dtype, type.shape, values);
}

/** Whole numbers are positions in an embedding's table; the smallest table bounds them all. */
function smallestVocabulary({ layers }: ModelSpec): number {
  const sizes = layers.flatMap(({ config }) =>
    typeof config["inputDim"] === "number" ? [config["inputDim"]] : [],
  );
  return sizes.length === 0 ? 2 : Math.min(...sizes);
}

function squeezed(shape: readonly number[]): string {
  return formatShape(shape.filter((size) => size !== 1));
}
