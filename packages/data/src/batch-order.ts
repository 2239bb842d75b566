// Which rows form which batch: a pure function of size, batch size, seed and epoch.
import { DataError } from "@fastgpu/core";
import { permutation } from "./permutation.ts";

/** What happens to the rows left when the batch size does not divide the number of rows. */
export type Remainder =
  /** They are left out of this epoch. */
  | "drop"
  /** The last batch is filled up by repeating its last row; `validCount` tells how many rows count. */
  | "pad"
  /** The last batch is smaller. */
  | "keep";

/** Order and size of batches; the same options give the same batches everywhere. */
export interface BatchOrderOptions {
  /** Rows per batch, at least 1. */
  readonly batchSize: number;
  /** A new random order in each epoch. Default false: the order of the data set. */
  readonly shuffle?: boolean;
  /** Integer, 0 to 2^32 - 1. Default 0. */
  readonly seed?: number;
  /** Number of the pass over the data, from 0. Default 0. */
  readonly epoch?: number;
  /** Default "keep". */
  readonly remainder?: Remainder;
  /** Number of the first batch to deliver, to go on in the middle of an epoch. Default 0. */
  readonly start?: number;
}

/** The rows of one batch. */
export interface BatchRows {
  /** Position in the epoch, from 0. */
  readonly index: number;
  /** Row numbers in the data set; with "pad" always `batchSize` of them. */
  readonly rows: Int32Array;
  /** How many of the rows count; the others are padding at the end. */
  readonly validCount: number;
}

/** Batches in one epoch of `size` rows, from batch 0 on. */
export function batchCount(
  size: number,
  options: Pick<BatchOrderOptions, "batchSize" | "remainder">,
): number {
  const whole = size / options.batchSize;
  return options.remainder === "drop" ? Math.floor(whole) : Math.ceil(whole);
}

/**
 * The batches of one epoch over the rows 0..size-1, in order, from `start` on.
 *
 * @throws {DataError} if an option is out of range
 */
export function* batchOrder(size: number, options: BatchOrderOptions): Generator<BatchRows, void> {
  checkOptions(options);
  const { batchSize, seed = 0, epoch = 0, remainder = "keep", start = 0 } = options;
  const order = options.shuffle === true ? permutation(size, seed, epoch + 1) : undefined;
  const count = batchCount(size, options);
  for (let index = start; index < count; index++) {
    const first = index * batchSize;
    const validCount = Math.min(batchSize, size - first);
    const rows = new Int32Array(remainder === "pad" ? batchSize : validCount);
    for (let i = 0; i < rows.length; i++) {
      const at = first + Math.min(i, validCount - 1);
      rows[i] = order === undefined ? at : (order[at] ?? 0);
    }
    yield { index, rows, validCount };
  }
}

/** Throws the `DataError` that `batchOrder` documents, before anything is allocated. */
export function checkOptions(options: BatchOrderOptions): void {
  const { batchSize, epoch = 0, start = 0 } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new DataError(`batches: batchSize must be an integer of at least 1, got ${batchSize}`);
  }
  for (const [name, value] of Object.entries({ epoch, start })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new DataError(`batches: ${name} must be an integer of at least 0, got ${value}`);
    }
  }
}
