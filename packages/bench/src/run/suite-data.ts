// Loads the data sets that the trials of a run need, before the first of them starts: bad data is the user's to mend and
// no outcome of a trial.
import { SuiteError, type TensorMap } from "@fastgpu/core";
import { fitNormaliser, loadData, loadMnist, normalise, type Dataset } from "@fastgpu/data";
import type { PlannedTrial } from "../plan/plan.ts";
import type { DataFile, DataSetFile, MnistFile } from "../suite/suite-file.ts";
import type { Suite } from "../suite/suite.ts";

/** A loaded data set: rows and targets by port, x and y. */
export interface LoadedData {
  readonly train: TensorMap;
  /** Absent if the suite keeps no rows for it. */
  readonly validation?: TensorMap;
}

/** Data sets by name. */
export type SuiteData = ReadonlyMap<string, LoadedData>;

/**
 * Loads every data set that a trial names, once.
 *
 * @throws {DataError} if a file cannot be read: the message names its line
 * @throws {SuiteError} if no row is left
 */
export async function loadSuiteData(
  suite: Suite,
  trials: readonly PlannedTrial[],
): Promise<SuiteData> {
  const names = new Set(trials.flatMap(({ workload }) => dataOf(workload)));
  const loaded = new Map<string, LoadedData>();
  for (const name of names) {
    const file = suite.data[name];
    if (file === undefined) {
      throw new SuiteError(`data: must be named in the suite, got "${name}"`);
    }
    loaded.set(name, await loadOne(file, suite.seed));
  }
  return loaded;
}

/** The name of the data set that a workload uses, if it uses one. */
export function dataOf(workload: object): readonly string[] {
  return "data" in workload && typeof workload.data === "string" ? [workload.data] : [];
}

async function loadOne(file: DataSetFile, seed: number): Promise<LoadedData> {
  const { train, validation } = await (file.source === "mnist"
    ? loadDigits(file, seed)
    : loadFile(file, seed));
  return {
    train: train.toTensors(),
    ...(validation.size === 0 ? {} : { validation: validation.toTensors() }),
  };
}

interface Parts {
  readonly train: Dataset;
  readonly validation: Dataset;
}

async function loadDigits(file: MnistFile, seed: number): Promise<Parts> {
  const { validation = 1000, layout = "flat", labels = "index", limit } = file;
  const parts = await loadMnist({ validation, seed, layout, labels });
  return limit === undefined ? parts : { ...parts, train: parts.train.take(limit) };
}

async function loadFile(file: DataFile, seed: number): Promise<Parts> {
  const { path, label, labels, limit, validation = 0 } = file;
  const read = await loadData(path, {
    ...(label === undefined ? {} : { label }),
    ...(labels === undefined ? {} : { labels }),
    ...(limit === undefined ? {} : { maxRows: limit }),
  });
  const rows = limit === undefined ? read : read.take(limit);
  const { train, validation: held } = (file.oneHot === true ? rows.oneHot() : rows).split({
    validation,
    seed,
  });
  if (file.normalise === undefined) return { train, validation: held };
  const method = file.normalise === "standard" ? "standardise" : "minMax";
  const scaling = fitNormaliser(train, { method: { kind: method } });
  return {
    train: normalise(train, scaling),
    validation: held.size === 0 ? held : normalise(held, scaling),
  };
}
