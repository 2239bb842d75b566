// Values at the border of a model file. A file may declare element types that graphs of FastGPU do not compute in;
// they are carried as they are, never converted.
import { allocate, dtypeBytes, dtypes, type DType, type TensorDataOf } from "../graph/dtype.ts";
import { formatShape, sizeOf, type Shape } from "../graph/shape.ts";
import { ShapeError } from "../errors.ts";

/** Element type of a model file's value: the dtypes of graphs, and those that only files have. */
export type ModelDType = DType | "f64" | "i16" | "i64" | "u16" | "u32" | "u64" | "string";

/** Host storage of each element type; text is an array of JavaScript strings. */
export interface ModelDataOf extends TensorDataOf {
  readonly f64: Float64Array;
  readonly i16: Int16Array;
  readonly i64: BigInt64Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  readonly string: readonly string[];
}

/** Any host storage of a model file's value. */
export type ModelData = ModelDataOf[ModelDType];

/** A value that goes into or comes out of a model file; every `HostTensor` is one. Row-major, contiguous. */
export interface ModelTensor<D extends ModelDType = ModelDType> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: ModelDataOf[D];
}

/** Values by the names of the file. */
export type ModelTensorMap = Readonly<Record<string, ModelTensor>>;

const fileOnly = {
  f64: Float64Array,
  i16: Int16Array,
  i64: BigInt64Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
} as const;

/** All element types of model files, those of graphs first. */
export const modelDtypes: readonly ModelDType[] = [
  ...dtypes,
  ...(Object.keys(fileOnly) as (keyof typeof fileOnly)[]),
  "string",
];

/** Allocates storage for `length` elements: zeros, or empty strings. */
export function allocateModelData<D extends ModelDType>(dtype: D, length: number): ModelDataOf[D] {
  // Each branch pairs a key with the storage of ModelDataOf[key]; TypeScript cannot follow that.
  return allocateOf(dtype, length) as ModelDataOf[D];
}

function allocateOf(dtype: ModelDType, length: number): ModelData {
  if (dtype === "string") return Array.from({ length }, () => "");
  if (dtype in fileOnly) return new fileOnly[dtype as keyof typeof fileOnly](length);
  return allocate(dtype as DType, length);
}

/** Size of one element in bytes; 0 for text, which has none of its own. */
export function modelDtypeBytes(dtype: ModelDType): number {
  if (dtype === "string") return 0;
  if (dtype in fileOnly) return fileOnly[dtype as keyof typeof fileOnly].BYTES_PER_ELEMENT;
  return dtypeBytes[dtype as DType];
}

/**
 * Wraps data as a value without copying.
 *
 * @throws {ShapeError} if `data` does not hold exactly `sizeOf(shape)` elements of the right storage
 */
export function modelTensor<D extends ModelDType>(
  dtype: D,
  shape: Shape,
  data: ModelDataOf[D],
): ModelTensor<D> {
  const given: ModelData = data;
  const storage = allocateOf(dtype, 0).constructor;
  if (given.length !== sizeOf(shape) || given.constructor !== storage) {
    throw new ShapeError(
      `model tensor: data of ${dtype}${formatShape(shape)} must be ${sizeOf(shape)} elements in a ${storage.name}, ` +
        `got ${given.length} in a ${given.constructor.name}`,
    );
  }
  return { dtype, shape, data };
}
