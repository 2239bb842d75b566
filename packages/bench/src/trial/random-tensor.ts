// Seeded numbers for inputs that no data is given for.
import {
  allocateModelData,
  dtypes,
  sizeOf,
  tensorFrom,
  type DType,
  type HostTensor,
  type ModelDType,
  type ModelTensor,
  type Shape,
  type TensorType,
} from "@fastgpu/core";
import { uniform } from "@fastgpu/core/random";

/** The range of the numbers, [low, high). Default [-1, 1) for floats, [0, 2) for all others. */
export interface RandomRange {
  readonly low?: number;
  readonly high?: number;
}

/** A prime, so that the repetition falls into step with no axis. */
const period = 65_537;

const floats: readonly ModelDType[] = ["f16", "f32", "f64"];

/**
 * A tensor of uniform numbers, whole ones for other types than floats; the same for the same seed. Beyond 65,537
 * elements they repeat: speed does not depend on them, and drawing millions of them would take seconds.
 */
export function randomTensor(type: TensorType, seed: number, range: RandomRange = {}): HostTensor {
  return tensorFrom(type.dtype, type.shape, randomNumbers(type, seed, range));
}

/** The same for a port of a model file, which may have further element types. */
export function randomModelTensor(
  type: { readonly dtype: ModelDType; readonly shape: Shape },
  seed: number,
  range: RandomRange = {},
): ModelTensor {
  const { dtype, shape } = type;
  if (isGraphDtype(dtype)) return randomTensor({ dtype, shape }, seed, range);
  const numbers = randomNumbers(type, seed, range);
  if (dtype === "string") return { dtype, shape, data: Array.from(numbers, String) };
  const data = allocateModelData(dtype, numbers.length);
  numbers.forEach((number, i) => {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(number);
    else data[i] = number;
  });
  return { dtype, shape, data };
}

/** Whether graphs compute in this element type, not only model files. */
export function isGraphDtype(dtype: ModelDType): dtype is DType {
  return (dtypes as readonly ModelDType[]).includes(dtype);
}

function randomNumbers(
  { dtype, shape }: { readonly dtype: ModelDType; readonly shape: Shape },
  seed: number,
  range: RandomRange,
): Float64Array {
  const isFloat = floats.includes(dtype);
  const { low = isFloat ? -1 : 0, high = isFloat ? 1 : 2 } = range;
  const size = sizeOf(shape);
  const drawn = uniform([seed, 0], Math.min(size, period)).map((u) => {
    const number = low + u * (high - low);
    return isFloat ? number : Math.floor(number);
  });
  if (size <= period) return drawn;
  const repeated = new Float64Array(size);
  for (let at = 0; at < size; at += period) repeated.set(drawn.subarray(0, size - at), at);
  return repeated;
}
