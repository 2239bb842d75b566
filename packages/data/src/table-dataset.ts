// Makes a data set of the columns of a table: fills in missing values, numbers the classes, packs features into inputs.
import { allocate, DataError, tensor } from "@fastgpu/core";
import type { HostTensor, TensorData } from "@fastgpu/core";
import { Dataset } from "./dataset.ts";
import type { ColumnKind } from "./dataset.ts";
import { fillMissing } from "./fill-missing.ts";
import { defaultMaxBytes, quoted } from "./input-file.ts";
import { oneHot } from "./one-hot.ts";
import type { TableColumn } from "./table-column.ts";
import type { TableOptions } from "./table-options.ts";
import { labelNames } from "./table-reader.ts";
import type { TableReader } from "./table-reader.ts";

/** A column in its final form: numbers for every row, and what they mean. */
interface Column {
  readonly name: string;
  readonly values: Float64Array;
  /** Present if the values are positions in this list. */
  readonly categories?: readonly string[];
  readonly kind: ColumnKind;
  readonly isBoolean: boolean;
}

const maxClassValues = 50;

/**
 * The table as a data set.
 *
 * @throws {DataError} if a label has no usable kind, or the packed inputs would exceed `maxBytes`
 */
export function tableDataset(reader: TableReader, options: TableOptions): Dataset {
  const { columns: read, dropped } = reader.finish();
  const labels = labelNames(options);
  const columns = new Map(read.map((column) => [column.rule.name, finished(column)]));
  if (labels.length === 1) {
    const name = labels[0] ?? "";
    const label = columns.get(name);
    if (label !== undefined) columns.set(name, asClasses(label, options));
  }
  const features = [...columns.values()].filter(({ name }) => !labels.includes(name));
  const groups = options.inputs ?? { x: features.map(({ name }) => name) };
  const inputs: Record<string, HostTensor> = {};
  const featureNames: Record<string, readonly string[]> = {};
  for (const [name, members] of Object.entries(groups)) {
    const packed = pack(reader.name, name, pick(columns, members, labels, reader.name), options);
    inputs[name] = packed.value;
    featureNames[name] = packed.names;
  }
  const target = labels.map((name) => columns.get(name)).filter((column) => column !== undefined);
  return new Dataset({
    inputs,
    targets: target.length === 0 ? {} : { y: packLabels(reader.name, target, options) },
    classNames: target.length === 1 ? target[0]?.categories : undefined,
    featureNames,
    columns: Object.fromEntries(
      reader.header.map((name) => [name, columns.get(name)?.kind ?? "ignore"]),
    ),
    notes:
      dropped === 0 ? [] : [`${reader.name}: ${dropped} rows with missing values were dropped`],
  });
}

function finished(column: TableColumn): Column {
  const { name, kind } = column.rule;
  const isBoolean = kind === "boolean";
  const values = column.store.toArray();
  if (column.hasMissing) {
    const method = column.isCategory || isBoolean ? "mostFrequent" : column.rule.policy;
    fillMissing(values, method === "median" || method === "mostFrequent" ? method : "mean", name);
  }
  if (!column.isCategory) return { name, values, kind, isBoolean };
  const seen = column.categories;
  // A declared list keeps its order; found values are sorted, so that the order of the rows does not matter.
  const sorted = typeof kind === "object" ? seen : [...seen].sort(byText);
  const position = new Map(sorted.map((value, at) => [value, at]));
  const moved = seen.map((value) => position.get(value) ?? 0);
  return {
    name,
    values: values.map((value) => moved[value] ?? 0),
    categories: sorted,
    kind: sorted,
    isBoolean,
  };
}

/** A single label as classes where it is one; see `TableOptions.columns` for the rule. */
function asClasses(label: Column, options: TableOptions): Column {
  if (label.categories !== undefined) return label;
  if (label.isBoolean) return { ...label, categories: ["false", "true"] };
  if (options.columns?.[label.name] !== undefined) return label;
  const distinct = new Set<number>();
  for (const value of label.values) {
    if (!Number.isInteger(value)) return label;
    distinct.add(value);
    if (distinct.size > maxClassValues) return label;
  }
  if (distinct.size * 2 > label.values.length) return label;
  const sorted = [...distinct].sort((a, b) => a - b);
  const position = new Map(sorted.map((value, at) => [value, at]));
  const categories = sorted.map(String);
  return {
    ...label,
    values: label.values.map((value) => position.get(value) ?? 0),
    categories,
    kind: categories,
  };
}

function pick(
  columns: ReadonlyMap<string, Column>,
  names: readonly string[],
  labels: readonly string[],
  file: string,
): Column[] {
  return names.map((name) => {
    const column = columns.get(name);
    if (column === undefined || labels.includes(name)) {
      throw new DataError(
        `${file}: columns of inputs must be neither label nor ignored, got ${quoted(name)}`,
      );
    }
    return column;
  });
}

function pack(
  file: string,
  input: string,
  columns: readonly Column[],
  options: TableOptions,
): { value: HostTensor; names: readonly string[] } {
  const isIndex = options.encoding === "index";
  const names = columns.flatMap(({ name, categories }) =>
    isIndex || categories === undefined ? [name] : categories.map((value) => `${name}=${value}`),
  );
  const rows = columns[0]?.values.length ?? 0;
  const width = names.length;
  if (width === 0) {
    throw new DataError(`${file}: input ${quoted(input)} must have at least one column, got none`);
  }
  const limit = options.maxBytes ?? defaultMaxBytes;
  if (rows * width * 4 > limit) {
    throw new DataError(
      `${file}: input ${quoted(input)} must take at most ${limit} bytes, got ${rows} rows of ${width} features; use encoding "index" or raise maxBytes`,
    );
  }
  const shape = [rows, width];
  const isAllIndex = isIndex && columns.every(({ categories }) => categories !== undefined);
  const value = isAllIndex
    ? tensor("i32", shape, allocate("i32", rows * width))
    : tensor("f32", shape, allocate("f32", rows * width));
  let at = 0;
  for (const { values, categories } of columns) {
    const spread = isIndex ? undefined : categories?.length;
    if (spread === undefined) writeColumn(value.data, width, at, values);
    else writeOneHot(value.data, width, at, values);
    at += spread ?? 1;
  }
  return { value, names };
}

function writeColumn(data: TensorData, width: number, at: number, values: Float64Array): void {
  for (let row = 0; row < values.length; row++) data[row * width + at] = values[row] ?? 0;
}

function writeOneHot(data: TensorData, width: number, at: number, values: Float64Array): void {
  for (let row = 0; row < values.length; row++) data[row * width + at + (values[row] ?? 0)] = 1;
}

function packLabels(file: string, labels: readonly Column[], options: TableOptions): HostTensor {
  const [first] = labels;
  if (labels.length === 1 && first?.categories !== undefined) {
    const classes = tensor("i32", [first.values.length], Int32Array.from(first.values));
    return options.labelEncoding === "oneHot" ? oneHot(classes, first.categories.length) : classes;
  }
  const text = labels.find(({ categories }) => categories !== undefined);
  if (text !== undefined) {
    throw new DataError(
      `${file}: several labels must all be numbers, got category ${quoted(text.name)}`,
    );
  }
  return pack(file, "y", labels, { ...options, encoding: "oneHot" }).value;
}

/** By code unit: the same on every machine, unlike an order by locale. */
function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
