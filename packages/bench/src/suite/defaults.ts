// Fills in what a suite leaves out, and makes its paths absolute.
import { resolve } from "node:path";
import type {
  SuiteFile,
  MatrixFile,
  SamplingFile,
  WorkloadFile,
  DataSetFile,
  ModelInferenceFile,
} from "./suite-file.ts";
import type { Matrix, Sampling, SuiteModel, Workload } from "./suite.ts";
import { scenarioBatch } from "./scenario.ts";
import { toModelSpec } from "./model-spec.ts";

const defaultMatrix: Matrix = {
  backends: ["onnx"],
  devices: ["default"],
  precisions: ["f32"],
  threads: ["auto"],
  repeats: 1,
};

const defaultBatchSize = 32;
const nsPerSecond = 1e9;

/** The models of a suite by name. */
export function fillModels({ models = {} }: SuiteFile): Record<string, SuiteModel> {
  const entries = Object.entries(models).map(([name, file]): [string, SuiteModel] => {
    const { loss, optimizer = "adam", metrics = [] } = file;
    const spec = toModelSpec(name, file);
    return [name, { spec, optimizer, metrics, ...(loss === undefined ? {} : { loss }) }];
  });
  return Object.fromEntries(entries);
}

/** The data sets of a suite by name. */
export function fillData({ data = {} }: SuiteFile, folder: string): Record<string, DataSetFile> {
  const absolute = (set: DataSetFile): DataSetFile =>
    set.source === "mnist"
      ? set
      : {
          ...set,
          path: resolve(folder, set.path),
          ...(set.labels === undefined ? {} : { labels: resolve(folder, set.labels) }),
        };
  return Object.fromEntries(Object.entries(data).map(([name, set]) => [name, absolute(set)]));
}

/** A workload with the suite's matrix and sampling under its own. */
export function fillWorkload(
  file: WorkloadFile,
  suite: SuiteFile,
  folder: string,
  where: string,
): Workload {
  const shared = {
    matrix: fillMatrix(suite.matrix, file.matrix),
    sampling: fillSampling(suite.sampling, "sampling" in file ? file.sampling : undefined),
    quick: file.quick ?? {},
    compare: {
      margins: { ...suite.compare?.margins, ...file.compare?.margins },
      counterMargin: file.compare?.counters ?? suite.compare?.counters ?? 0,
    },
    where,
  };
  const scenario = "scenario" in file ? file.scenario : undefined;
  const batch = scenario === undefined ? defaultBatchSize : scenarioBatch[scenario.kind];
  const { batchSizes = [batch] } = "batchSizes" in file ? file : {};
  switch (file.kind) {
    case "model":
    case "onnx-model":
      return { ...withAbsolutePaths(file, folder), kind: "model", ...shared };
    case "inference":
      return { ...file, ...shared, batchSizes: file.op === undefined ? batchSizes : [1] };
    case "train-step":
    case "train-to-accuracy":
      return { ...file, ...shared, batchSizes, stepsPerRun: file.stepsPerRun ?? ["auto"] };
  }
}

function fillMatrix(suite: MatrixFile = {}, own: MatrixFile = {}): Matrix {
  return { ...defaultMatrix, ...suite, ...own };
}

function fillSampling(suite: SamplingFile = {}, own: SamplingFile = {}): Sampling {
  const given = { ...suite, ...own };
  const ns = (seconds: number): number => Math.round(seconds * nsPerSecond);
  return {
    minIterations: given.minIterations ?? 30,
    minElapsedNs: ns(given.minSeconds ?? 1),
    maxElapsedNs: ns(given.maxSeconds ?? 60),
    maxWarmupNs: ns(given.maxWarmupSeconds ?? 60),
    maxWarmupIterations: given.maxWarmupIterations ?? 500,
    trialTimeoutMs: Math.round((given.trialTimeoutSeconds ?? 600) * 1000),
  };
}

function withAbsolutePaths(file: ModelInferenceFile, folder: string): ModelInferenceFile {
  const { path, inputs, outputs, ...rest } = file;
  const absolute = (given: string): string =>
    given.startsWith("package:") ? given : resolve(folder, given);
  const ports = Object.entries(inputs ?? {}).map(([name, port]) => [
    name,
    port.file === undefined ? port : { ...port, file: absolute(port.file) },
  ]);
  const expected = Object.entries(outputs ?? {}).map(([name, given]) => [name, absolute(given)]);
  return {
    ...rest,
    ...(path === undefined ? {} : { path: absolute(path) }),
    ...(inputs === undefined ? {} : { inputs: Object.fromEntries(ports) as typeof inputs }),
    ...(outputs === undefined ? {} : { outputs: Object.fromEntries(expected) as typeof outputs }),
  };
}
