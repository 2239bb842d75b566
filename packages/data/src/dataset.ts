// A data set resident on the host: named input and target tensors that agree in their first size, and the operations
// that make one data set from another. Immutable; take, skip and slice share memory with their origin.
import { DataError, formatType } from "@fastgpu/core";
import type { HostTensor, TensorMap } from "@fastgpu/core";
import { gatherRows, viewRows } from "./gather.ts";
import { oneHot } from "./one-hot.ts";
import { permutation } from "./permutation.ts";
import { splitRows } from "./split.ts";
import type { SplitOptions } from "./split.ts";

/** Kind of a table's column; a list of texts is a category with exactly these values, in this order. */
export type ColumnKind =
  "number" | "integer" | "boolean" | "category" | "ignore" | readonly string[];

/** What a data set is made of. */
export interface DatasetContent {
  /** Tensors [n, ...] by name. The readers of this package call a single input "x". */
  readonly inputs: TensorMap;
  /** Tensors [n, ...] by name. The readers of this package call a single target "y". */
  readonly targets?: TensorMap;
  /** Name of class i of the class target. */
  readonly classNames?: readonly string[] | undefined;
  /** For inputs [n, features]: the name of each feature. */
  readonly featureNames?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Columns as they were read from a table; give them to `loadData` to read another file in the same way. */
  readonly columns?: Readonly<Record<string, ColumnKind>> | undefined;
  /** What a reader did that its caller may want to know, such as rows dropped. */
  readonly notes?: readonly string[];
}

/** The three parts of a data set; a part that was not asked for has no rows. */
export interface DatasetSplit {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

/** Rows of named inputs and targets, on the host. */
export class Dataset {
  readonly inputs: TensorMap;
  readonly targets: TensorMap;
  /** Number of rows. */
  readonly size: number;
  readonly classNames: readonly string[] | undefined;
  readonly featureNames: Readonly<Record<string, readonly string[]>> | undefined;
  readonly columns: Readonly<Record<string, ColumnKind>> | undefined;
  readonly notes: readonly string[];

  /** @throws {DataError} if there is no input, the tensors differ in their first size, or an input and a target share a name */
  constructor(content: DatasetContent) {
    this.inputs = content.inputs;
    this.targets = content.targets ?? {};
    this.size = commonSize(this.inputs, this.targets);
    this.classNames = content.classNames;
    this.featureNames = content.featureNames;
    this.columns = content.columns;
    this.notes = content.notes ?? [];
  }

  /** The first `count` rows, or all if there are fewer; shares memory. */
  take(count: number): Dataset {
    return this.slice(0, count);
  }

  /** All but the first `count` rows; shares memory. */
  skip(count: number): Dataset {
    return this.slice(count, this.size);
  }

  /**
   * Rows start..end-1, `end` cut at the size; shares memory.
   *
   * @throws {DataError} if a bound is no integer of at least 0
   */
  slice(start: number, end: number = this.size): Dataset {
    for (const bound of [start, end]) {
      if (!Number.isSafeInteger(bound) || bound < 0) {
        throw new DataError(`slice: bounds must be integers of at least 0, got ${start} to ${end}`);
      }
    }
    const last = Math.min(end, this.size);
    const first = Math.min(start, last);
    return this.mapTensors((value) => viewRows(value, first, last));
  }

  /**
   * The rows with these numbers, in this order, copied; a row may come more than once.
   *
   * @throws {DataError} if a number is outside 0..size-1
   */
  rows(rows: Int32Array): Dataset {
    const outside = rows.find((row) => row < 0 || row >= this.size);
    if (outside !== undefined) {
      throw new DataError(`rows: rows must be from 0 to ${this.size - 1}, got ${outside}`);
    }
    return this.mapTensors((value) => gatherRows(value, rows));
  }

  /** All rows in a random order, copied; the same seed (integer, 0 to 2^32 - 1) gives the same order everywhere. */
  shuffle(seed: number): Dataset {
    return this.rows(permutation(this.size, seed));
  }

  /**
   * Parts the rows into training, validation and test data, shuffled unless told otherwise.
   *
   * @example `const { train, validation } = data.split({ validation: 0.1, seed: 7 });`
   * @throws {DataError} if no row is left to train on, or `stratify` names no class target
   */
  split(options: SplitOptions): DatasetSplit {
    const parts = splitRows(this.size, options, this.strata(options.stratify ?? false));
    return {
      train: this.rows(parts.train),
      validation: this.rows(parts.validation),
      test: this.rows(parts.test),
    };
  }

  /**
   * Replaces a class target i32 [n] or [n, 1] by f32 [n, classes] of zeros and ones.
   *
   * @param classes - default: the number of class names, else the largest label + 1
   * @param target - default: the only target
   * @throws {DataError} if a label is not in 0..classes-1, or the target is not named and there are several
   */
  oneHot(classes?: number, target?: string): Dataset {
    const name = target ?? this.onlyTarget("oneHot");
    const labels = this.target("oneHot", name);
    const count = classes ?? this.classNames?.length ?? largest(labels) + 1;
    return this.with({ targets: { ...this.targets, [name]: oneHot(labels, count) } });
  }

  /**
   * Replaces the members that `transform` returns and keeps the others; it sees whole tensors, so that it can run at
   * memory speed.
   *
   * @throws {DataError} as the constructor does
   */
  map(transform: (data: Dataset) => Partial<DatasetContent>): Dataset {
    return this.with(transform(this));
  }

  /** Inputs and targets in one map, as an executable takes them. */
  toTensors(): TensorMap {
    return { ...this.inputs, ...this.targets };
  }

  private with(content: Partial<DatasetContent>): Dataset {
    const { inputs, targets, classNames, featureNames, columns, notes } = this;
    return new Dataset({
      inputs,
      targets,
      classNames,
      featureNames,
      columns,
      notes,
      ...content,
    });
  }

  private mapTensors(change: (value: HostTensor) => HostTensor): Dataset {
    return this.with({
      inputs: mapValues(this.inputs, change),
      targets: mapValues(this.targets, change),
    });
  }

  private strata(stratify: boolean | string): ArrayLike<number> | undefined {
    if (stratify === false) return undefined;
    const name = stratify === true ? this.onlyTarget("split") : stratify;
    const labels = this.target("split", name);
    if (labels.data.length !== this.size || labels.dtype === "f16") {
      throw new DataError(
        `split: stratify needs a target with one class per row, got "${name}" ${formatType(labels)}; split before oneHot`,
      );
    }
    return labels.data;
  }

  private onlyTarget(where: string): string {
    const names = Object.keys(this.targets);
    const only = names[0];
    if (only === undefined || names.length > 1) {
      throw new DataError(
        `${where}: the target must be named unless there is exactly one, got ${names.length} targets`,
      );
    }
    return only;
  }

  private target(where: string, name: string): HostTensor {
    const found = this.targets[name];
    if (found === undefined) {
      const names = Object.keys(this.targets).join(", ");
      throw new DataError(`${where}: target must be one of ${names || "(none)"}, got "${name}"`);
    }
    return found;
  }
}

function commonSize(inputs: TensorMap, targets: TensorMap): number {
  const all = [...Object.entries(inputs), ...Object.entries(targets)];
  const first = Object.values(inputs)[0];
  if (first === undefined)
    throw new DataError("dataset: there must be at least one input, got none");
  for (const name of Object.keys(inputs)) {
    if (name in targets) {
      throw new DataError(
        `dataset: an input and a target must differ in name, got "${name}" twice`,
      );
    }
  }
  const size = first.shape[0];
  for (const [name, value] of all) {
    if (value.shape[0] === undefined || value.shape[0] !== size) {
      const types = all.map(([key, each]) => `${key} ${formatType(each)}`).join(", ");
      throw new DataError(
        `dataset: all tensors must have the same number of rows, got ${types} ("${name}" differs)`,
      );
    }
  }
  return size ?? 0;
}

/** A map of the same names with each tensor changed. */
export function mapValues(map: TensorMap, change: (value: HostTensor) => HostTensor): TensorMap {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}

function largest(labels: HostTensor): number {
  let found = 0;
  for (const label of labels.data) found = Math.max(found, label);
  return found;
}
