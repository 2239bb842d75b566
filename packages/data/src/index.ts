// The public index of data loading: readers, splits, transforms and batches.
// It knows no model and no device.
export { Dataset, type ColumnKind, type DatasetContent, type DatasetSplit } from "./dataset.ts";
export type { SplitOptions } from "./split.ts";
export {
  fitNormaliser,
  normalise,
  type Normalisation,
  type Normaliser,
  type NormaliserOptions,
} from "./normalise.ts";
export { oneHot } from "./one-hot.ts";
export { permutation } from "./permutation.ts";
export {
  batches,
  indexBatches,
  type Batch,
  type Batches,
  type BatchOptions,
  type IndexBatch,
} from "./batches.ts";
export {
  batchCount,
  type BatchOrderOptions,
  type BatchRows,
  type Remainder,
} from "./batch-order.ts";
export { prefetch } from "./prefetch.ts";
export { loadData, type DataFormat, type LoadDataOptions } from "./load-data.ts";
export { readCsv, type CsvOptions } from "./csv.ts";
export { readJsonLines } from "./json-lines.ts";
export { readIdx, readIdxDataset } from "./idx.ts";
export { readNpy } from "./npy.ts";
export { loadMnist, type MnistOptions } from "./mnist.ts";
export type { MissingPolicy, TableOptions } from "./table-options.ts";
export type { InputLimit } from "./input-file.ts";
