// Batches of a data set: rows gathered into arrays that are allocated once and used in turn, ahead of the consumer.
import { DataError, tensor } from "@fastgpu/core";
import type { HostTensor, TensorMap } from "@fastgpu/core";
import { batchCount, batchOrder, checkOptions } from "./batch-order.ts";
import type { BatchOrderOptions, BatchRows } from "./batch-order.ts";
import type { Dataset } from "./dataset.ts";
import { allocateRows, gatherInto, viewRows } from "./gather.ts";
import { prefetch } from "./prefetch.ts";

/** How to make batches. */
export interface BatchOptions extends BatchOrderOptions {
  /** Batches assembled while the consumer waits for a device. Default 2; 0 assembles each when it is asked for. */
  readonly prefetch?: number;
  /**
   * How many batches, counting the newest, keep their contents. Default 2: a batch may still be on its way to the
   * device while the next is being enqueued. Memory: (held + prefetch) batches.
   */
  readonly held?: number;
}

/** Some rows of a data set. The arrays are reused: they hold until `held` more batches have been taken. */
export interface Batch extends BatchRows {
  /** Tensors [b, ...] by name. */
  readonly inputs: TensorMap;
  /** Tensors [b, ...] by name. */
  readonly targets: TensorMap;
}

/** The row numbers of a batch, for data that already is on the device. */
export interface IndexBatch {
  /** Position in the epoch, from 0. */
  readonly index: number;
  /** Row numbers, i32 [b]. */
  readonly rows: HostTensor<"i32">;
  /** How many of the rows count; the others are padding at the end. */
  readonly validCount: number;
}

/** One epoch of batches; each loop over it starts anew, with arrays of its own. */
export interface Batches extends AsyncIterable<Batch> {
  /** Number of batches that a loop delivers. */
  readonly count: number;
}

/**
 * One epoch of batches of `data`, assembled ahead of the consumer.
 *
 * @example `for await (const batch of batches(train, { batchSize: 128, shuffle: true, seed: 1, epoch })) await step.run({ ...batch.inputs, ...batch.targets });`
 * @throws {DataError} if an option is out of range
 */
export function batches(data: Dataset, options: BatchOptions): Batches {
  checkOptions(options);
  const { prefetch: depth = 2, held = 2 } = options;
  if (!Number.isSafeInteger(depth) || depth < 0 || !Number.isSafeInteger(held) || held < 1) {
    throw new DataError(
      `batches: prefetch must be at least 0 and held at least 1, both integers, got ${depth} and ${held}`,
    );
  }
  return {
    count: Math.max(0, batchCount(data.size, options) - (options.start ?? 0)),
    [Symbol.asyncIterator]: () => prefetch(assemble(data, options, held + depth), depth),
  };
}

/**
 * The row numbers of the batches that `batches` makes with the same options, for a graph that gathers from data on the
 * device. Nothing is reused: each batch owns its array.
 *
 * @param size - rows of the data set
 * @throws {DataError} if an option is out of range
 */
export function* indexBatches(
  size: number,
  options: BatchOrderOptions,
): Generator<IndexBatch, void, undefined> {
  for (const { index, rows, validCount } of batchOrder(size, options)) {
    yield { index, rows: tensor("i32", [rows.length], rows), validCount };
  }
}

type Buffers = readonly { readonly source: HostTensor; readonly target: HostTensor }[];

function* assemble(
  data: Dataset,
  options: BatchOptions,
  slots: number,
): Generator<Batch, void, undefined> {
  const sources = [...Object.values(data.inputs), ...Object.values(data.targets)];
  const size = Math.min(options.batchSize, options.remainder === "pad" ? Infinity : data.size);
  const ring: Buffers[] = [];
  for (const batch of batchOrder(data.size, options)) {
    // Slots are allocated at first use, so that a short epoch takes no more than it needs.
    const slot = batch.index % slots;
    const buffers = (ring[slot] ??= sources.map((source) => ({
      source,
      target: allocateRows(source, size),
    })));
    yield { ...batch, ...fill(data, batch.rows, buffers) };
  }
}

function fill(
  data: Dataset,
  rows: Int32Array,
  buffers: Buffers,
): { inputs: TensorMap; targets: TensorMap } {
  const filled = buffers.map(({ source, target }) => {
    const isWhole = target.shape[0] === rows.length;
    const part = isWhole ? target : viewRows(target, 0, rows.length);
    gatherInto(source, rows, part);
    return part;
  });
  const inputNames = Object.keys(data.inputs);
  const name = (names: readonly string[], from: number): TensorMap =>
    Object.fromEntries(names.map((key, at) => [key, partAt(filled, from + at)]));
  return {
    inputs: name(inputNames, 0),
    targets: name(Object.keys(data.targets), inputNames.length),
  };
}

function partAt(parts: readonly HostTensor[], at: number): HostTensor {
  const part = parts[at];
  if (part === undefined)
    throw new DataError(`batches: tensor ${at} must exist, got ${parts.length}`);
  return part;
}
