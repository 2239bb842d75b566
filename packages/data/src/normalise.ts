// Scaling of inputs, fitted on one data set (the training part) and applied to others.
import { allocate, DataError, formatType, tensor, toNumbers } from "@fastgpu/core";
import type { HostTensor } from "@fastgpu/core";
import type { Dataset } from "./dataset.ts";
import { rowElements } from "./gather.ts";

/** How values are scaled: `y = (x - offset) * factor` with offset and factor as the kind defines them. */
export type Normalisation =
  /** offset = mean, factor = 1 / standard deviation of the population (divided by n). */
  | { readonly kind: "standardise"; readonly per?: "feature" | "tensor" }
  /** offset = minimum, factor = 1 / (maximum - minimum), so that the fitted rows span 0..1. */
  | { readonly kind: "minMax"; readonly per?: "feature" | "tensor" }
  /** offset = 0 and a given factor, such as 1 / 255 for bytes. */
  | { readonly kind: "scale"; readonly factor: number };

/** Which inputs to scale, and how. */
export interface NormaliserOptions {
  /** Default: standardise, per feature. */
  readonly method?: Normalisation;
  /** Names of the inputs to scale. Default: all. */
  readonly inputs?: readonly string[];
}

/** A fitted scaling as plain data: kept with a model as JSON, it scales new data like the training data. */
export interface Normaliser {
  /** By input: one offset and factor per element of a row, or one for all. */
  readonly inputs: Readonly<
    Record<string, { readonly offset: readonly number[]; readonly factor: readonly number[] }>
  >;
}

/**
 * Learns offsets and factors from the rows of `data`, in float64 with two passes. A feature without spread (a constant)
 * gets factor 1, so that it becomes 0 and never NaN.
 *
 * @example `const scaling = fitNormaliser(train); const scaled = normalise(validation, scaling);`
 * @throws {DataError} if there are no rows, a name is no input, or a value is not finite
 */
export function fitNormaliser(data: Dataset, options: NormaliserOptions = {}): Normaliser {
  const method = options.method ?? { kind: "standardise" };
  const names = options.inputs ?? Object.keys(data.inputs);
  if (data.size === 0) throw new DataError("fitNormaliser: there must be rows to fit, got 0");
  return {
    inputs: Object.fromEntries(names.map((name) => [name, fit(name, inputOf(data, name), method)])),
  };
}

/**
 * Applies a fitted scaling: the inputs it names become f32 of the same shape; other inputs and all targets are shared.
 *
 * @throws {DataError} if an input is missing or its rows have another size than those that were fitted
 */
export function normalise(data: Dataset, normaliser: Normaliser): Dataset {
  const scaled = Object.entries(normaliser.inputs).map(([name, { offset, factor }]) => {
    const value = inputOf(data, name);
    if (offset.length !== 1 && offset.length !== rowElements(value)) {
      throw new DataError(
        `normalise: rows of "${name}" must have ${offset.length} elements as the fitted ones had, got ${formatType(value)}`,
      );
    }
    return [name, scale(value, offset, factor)] as const;
  });
  return data.map(({ inputs }) => ({ inputs: { ...inputs, ...Object.fromEntries(scaled) } }));
}

function inputOf(data: Dataset, name: string): HostTensor {
  const value = data.inputs[name];
  if (value === undefined) {
    throw new DataError(
      `normalise: input must be one of ${Object.keys(data.inputs).join(", ")}, got "${name}"`,
    );
  }
  return value;
}

/** Elements as numbers; without a copy for all dtypes whose storage already is their value. */
function numbersOf(value: HostTensor): ArrayLike<number> {
  return value.dtype === "f16" ? toNumbers(value) : value.data;
}

interface Fitted {
  readonly offset: number[];
  readonly factor: number[];
}

function fit(name: string, value: HostTensor, method: Normalisation): Fitted {
  if (method.kind === "scale") {
    if (!Number.isFinite(method.factor)) {
      throw new DataError(`fitNormaliser: factor must be finite, got ${method.factor}`);
    }
    return { offset: [0], factor: [method.factor] };
  }
  const values = numbersOf(value);
  const width = method.per === "tensor" ? 1 : rowElements(value);
  const fitted = method.kind === "minMax" ? fitRange(values, width) : fitMoments(values, width);
  const broken = fitted.offset.findIndex(
    (offset, at) => !Number.isFinite(offset) || !Number.isFinite(fitted.factor[at]),
  );
  if (broken >= 0) {
    throw new DataError(
      `fitNormaliser: values must be finite, got NaN or Infinity in input "${name}", element ${broken} of its rows`,
    );
  }
  return fitted;
}

function fitMoments(values: ArrayLike<number>, width: number): Fitted {
  const count = values.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < values.length; i++) add(mean, i % width, (values[i] ?? 0) / count);
  const variance = new Float64Array(width);
  for (let i = 0; i < values.length; i++) {
    const distance = (values[i] ?? 0) - (mean[i % width] ?? 0);
    add(variance, i % width, (distance * distance) / count);
  }
  // The rounded mean of a constant leaves a spread of a few ulps, which is no spread.
  const factor = Array.from(variance, (spread, at) => {
    const noise = Math.abs(mean[at] ?? 0) * 1e-12;
    return Math.sqrt(spread) <= noise ? 1 : 1 / Math.sqrt(spread);
  });
  return { offset: Array.from(mean), factor };
}

function fitRange(values: ArrayLike<number>, width: number): Fitted {
  const low = new Float64Array(width).fill(Infinity);
  const high = new Float64Array(width).fill(-Infinity);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const at = i % width;
    // Math.min and Math.max carry NaN on, so that it is found afterwards.
    low[at] = Math.min(low[at] ?? 0, value);
    high[at] = Math.max(high[at] ?? 0, value);
  }
  const factor = Array.from(high, (top, at) => {
    const spread = top - (low[at] ?? 0);
    // An infinite spread would give the factor 0, which looks sound.
    if (!Number.isFinite(spread)) return NaN;
    return spread === 0 ? 1 : 1 / spread;
  });
  return { offset: Array.from(low), factor };
}

function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = (sums[at] ?? 0) + value;
}

function scale(
  value: HostTensor,
  offset: readonly number[],
  factor: readonly number[],
): HostTensor {
  const values = numbersOf(value);
  const offsets = Float64Array.from(offset);
  const factors = Float64Array.from(factor);
  const scaled = allocate("f32", values.length);
  for (let i = 0, at = 0; i < values.length; i++) {
    scaled[i] = ((values[i] ?? 0) - (offsets[at] ?? 0)) * (factors[at] ?? 1);
    if (++at === offsets.length) at = 0;
  }
  return tensor("f32", value.shape, scaled);
}
