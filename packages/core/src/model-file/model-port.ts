// What a model file declares about its inputs and outputs, and how a declared shape becomes one that data can have.
import type { Shape } from "../graph/shape.ts";
import { DataError } from "../errors.ts";
import type { ModelDType } from "./model-tensor.ts";

/** A declared size: a number, or the name of a symbolic dimension whose size is not known. */
export type ModelDimension = number | string;

/** A value at the border of a model file. */
export interface ModelPort {
  readonly name: string;
  readonly dtype: ModelDType;
  /**
   * Declared sizes; dimensions that were given a size when the file was opened are numbers. A dimension that has no
   * name in the file is called `<port>.<axis>`. Absent if the file leaves the rank open.
   */
  readonly shape?: readonly ModelDimension[];
}

/**
 * Shapes for data that is generated for a model's inputs, in their order. The first of at least two dimensions is the
 * batch by custom: if it is symbolic its size is 1, and so is any other dimension of its name. Every other symbolic
 * dimension must have been given a size.
 *
 * @throws {DataError} that names the dimensions without a size
 */
export function generatedShapes(inputs: readonly ModelPort[]): readonly Shape[] {
  const batches = new Set(
    inputs.filter(({ shape }) => (shape?.length ?? 0) > 1).map(({ shape }) => shape?.[0]),
  );
  const missing = new Set<string>();
  const shapes = inputs.map(({ name, shape }) => {
    if (shape === undefined) {
      throw new DataError(`model input "${name}": its rank must be declared, got none; give data`);
    }
    return shape.map((size) => {
      if (typeof size === "number") return size;
      if (!batches.has(size)) missing.add(size);
      return 1;
    });
  });
  if (missing.size > 0) {
    const names = [...missing].map((name) => `"${name}"`).join(", ");
    throw new DataError(
      `model inputs: symbolic dimensions must be given sizes, got none for ${names}; give each as a dimension, name=size`,
    );
  }
  return shapes;
}

/** `f32[batch,3,640]`, for messages; `f32[?]` where the rank is open. */
export function formatPort({ dtype, shape }: Omit<ModelPort, "name">): string {
  return `${dtype}[${shape === undefined ? "?" : shape.join(",")}]`;
}

/**
 * Why a shape does not fit a declared one, or undefined if it does. `sizes` holds the symbolic dimensions met so far;
 * those of this shape are added, so that one name has one size over all inputs.
 */
export function shapeMismatch(
  declared: readonly ModelDimension[] | undefined,
  shape: Shape,
  sizes: Map<string, number>,
): string | undefined {
  if (declared === undefined) return undefined;
  if (declared.length !== shape.length) return `rank ${shape.length}`;
  for (const [axis, wanted] of declared.entries()) {
    const size = shape[axis] ?? 0;
    const known = typeof wanted === "number" ? wanted : sizes.get(wanted);
    if (known !== undefined && known !== size) return `${size} where ${wanted} is ${known}`;
    if (typeof wanted === "string") sizes.set(wanted, size);
  }
  return undefined;
}
