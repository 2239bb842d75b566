// Suite + what the machine has -> plan: every combination of the matrix is a trial.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { SuiteError, UsageError, type DeviceInfo } from "@fastgpu/core";
import type { TrialConfig } from "@fastgpu/results";
import { didYouMean } from "../suite/closest.ts";
import { quickScenario, scenarioOptions } from "../suite/scenario.ts";
import type { Matrix, Sampling, Suite, Workload } from "../suite/suite.ts";
import type { Plan, PlannedTrial, PlanOptions } from "./plan.ts";

/**
 * Lists the devices of a backend, at least the `wanted` ones; `DevicePool.devicesFor` does. Rejects if there is no such
 * backend.
 */
export type ListDevices = (
  backend: string,
  wanted: readonly string[],
) => Promise<readonly DeviceInfo[]>;

/** What `--quick` measures at least: enough to see that all works, too little to compare. */
const quickSampling: Partial<Sampling> = {
  minIterations: 10,
  minElapsedNs: 200_000_000,
  maxElapsedNs: 2_000_000_000,
  maxWarmupNs: 500_000_000,
};

/**
 * Plans a run.
 *
 * @throws {BackendUnavailableError} if a backend is not installed
 * @throws {UsageError} if there is no such device or workload, or nothing is left to measure
 * @throws {SuiteError} if a model file is not there
 */
export async function planRun(
  suite: Suite,
  options: PlanOptions,
  listDevices: ListDevices,
): Promise<Plan> {
  const workloads = chooseWorkloads(suite, options);
  const lists = new Map<string, readonly DeviceInfo[]>();
  const seed = options.seed ?? suite.seed;
  const trials: PlannedTrial[] = [];
  for (const workload of workloads) {
    const matrix = overridden(workload.matrix, options);
    for (const backend of matrix.backends) {
      const key = JSON.stringify([backend, matrix.devices]);
      const list = lists.get(key) ?? (await listDevices(backend, matrix.devices));
      lists.set(key, list);
      for (const device of chooseDevices(backend, list, matrix.devices)) {
        trials.push(...trialsOf(workload, matrix, { backend, device, seed }, options));
      }
    }
  }
  if (trials.length === 0) {
    throw new UsageError(
      `run: there must be something to measure, got no trial from suite "${suite.name}"; run without --quick or with other --workload`,
    );
  }
  return { suite: { ...suite, hash: workHash(suite, options) }, seed, trials, notices: [] };
}

/** The suite's hash, changed by every choice that changes the work of a trial but is not part of its key. */
function workHash(
  { hash }: Suite,
  { isQuick = false, modelPath, dimensions }: PlanOptions,
): string {
  if (!isQuick && modelPath === undefined && dimensions === undefined) return hash;
  const choices = JSON.stringify([
    hash,
    isQuick,
    modelPath,
    Object.entries(dimensions ?? {}).sort(),
  ]);
  return createHash("sha256").update(choices).digest("hex");
}

function chooseWorkloads(suite: Suite, options: PlanOptions): readonly Workload[] {
  const names = suite.workloads.map(({ name }) => name);
  const unknown = options.workloads?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `workload: must be one of ${[...new Set(names)].join(", ")}, got "${unknown}"${didYouMean(unknown, names)}`,
    );
  }
  return suite.workloads
    .filter(({ name }) => options.workloads?.includes(name) ?? true)
    .filter(({ quick }) => options.isQuick !== true || quick.skip !== true)
    .map((workload) => (options.isQuick === true ? quicker(workload) : workload));
}

function quicker(workload: Workload): Workload {
  const { sampling, quick } = workload;
  const shorter = { ...workload, sampling: { ...sampling, ...quickSampling } };
  const shown =
    "scenario" in shorter ? { ...shorter, scenario: quickScenario(shorter.scenario) } : shorter;
  return "batchSizes" in shown && quick.batchSizes !== undefined
    ? { ...shown, batchSizes: quick.batchSizes }
    : shown;
}

function overridden(matrix: Matrix, options: PlanOptions): Matrix {
  return {
    backends: options.backends ?? matrix.backends,
    devices: options.devices ?? matrix.devices,
    precisions: options.precisions ?? matrix.precisions,
    threads: options.threads ?? matrix.threads,
    repeats: options.repeats ?? matrix.repeats,
  };
}

/** The wanted devices of a backend, `all` standing for every one; each once. */
function chooseDevices(
  backend: string,
  list: readonly DeviceInfo[],
  wanted: readonly string[],
): readonly DeviceInfo[] {
  const ids = list.map(({ id }) => id);
  const [first] = list;
  if (first === undefined) {
    throw new UsageError(
      `backend ${backend}: there must be a device it can use, got none; run fastgpu-bench doctor for the reason and the fix`,
    );
  }
  const chosen = wanted.flatMap((id) => {
    if (id === "all") return list;
    const device = id === "default" ? first : list.find((one) => one.id === id);
    if (device !== undefined) return [device];
    throw new UsageError(
      `device: must be one of ${ids.join(", ")}, default or all for backend ${backend}, got "${id}"${didYouMean(id, ids)}`,
    );
  });
  return [...new Set(chosen)];
}

function trialsOf(
  workload: Workload,
  matrix: Matrix,
  at: Pick<PlannedTrial, "backend" | "device"> & { readonly seed: number },
  options: PlanOptions,
): PlannedTrial[] {
  const { backend, device, seed } = at;
  const trials: PlannedTrial[] = [];
  const model = workload.kind === "model" ? modelFile(workload, options) : undefined;
  const batchSizes = "batchSizes" in workload ? workload.batchSizes : [1];
  const steps = "stepsPerRun" in workload ? workload.stepsPerRun : [undefined];
  const scenario = "scenario" in workload ? workload.scenario : undefined;
  const arrivals = scenario === undefined ? {} : scenarioOptions(scenario);
  // A GPU's work is not done by threads of the host.
  const threads = device.kind === "cpu" ? matrix.threads : (["auto"] as const);
  // Choices that vary least come first, so that a table of trials reads in groups.
  for (const precision of matrix.precisions) {
    for (const threadCount of threads) {
      for (const stepsPerRun of steps) {
        const choices = { ...(stepsPerRun === undefined ? {} : { stepsPerRun }), ...arrivals };
        for (const batchSize of batchSizes) {
          for (let repeat = 0; repeat < matrix.repeats; repeat++) {
            const config: TrialConfig = {
              workload: { name: workload.name, kind: workload.kind },
              backend: device.backend,
              device: device.id,
              precision,
              batchSize,
              ...(threadCount === "auto" ? {} : { threads: threadCount }),
              // Repetitions of a training differ in what is random about them.
              seed: workload.kind === "train-to-accuracy" ? seed + repeat : seed,
              repeat,
              ...(Object.keys(choices).length === 0 ? {} : { options: choices }),
            };
            trials.push({
              config,
              workload: model?.workload ?? workload,
              backend,
              device,
              ...(model === undefined ? {} : { modelPath: model.path }),
              ...(stepsPerRun === undefined ? {} : { stepsPerRun }),
              ...(workload.kind === "train-to-accuracy"
                ? { epochs: epochsOf(workload, options) }
                : {}),
            });
          }
        }
      }
    }
  }
  return trials;
}

function epochsOf(workload: Workload & { readonly epochs: number }, options: PlanOptions): number {
  return options.isQuick === true ? (workload.quick.epochs ?? workload.epochs) : workload.epochs;
}

function modelFile(
  workload: Workload & { readonly kind: "model" },
  options: PlanOptions,
): { readonly path: string; readonly workload: Workload } {
  const path = workload.path === undefined ? givenModel(workload, options) : workload.path;
  const found = path.startsWith("package:") ? packagedFile(path, workload) : path;
  if (!existsSync(found)) {
    throw new SuiteError(`${workload.where}: model file must exist, got "${found}"`);
  }
  const dimensions = { ...workload.dimensions, ...options.dimensions };
  return { path: found, workload: { ...workload, dimensions } };
}

function givenModel(workload: Workload, { modelPath }: PlanOptions): string {
  if (modelPath?.startsWith("package:") === true) return modelPath;
  if (modelPath !== undefined) return resolve(modelPath);
  throw new UsageError(
    `workload ${workload.name}: a model file must be given, got none; add --model <file> or a path to the suite`,
  );
}

/** `package:@scope/name/file` -> the file inside the installed package, looked up from the user's folder. */
function packagedFile(path: string, { where }: Workload): string {
  const [first = "", second = "", ...rest] = path.slice("package:".length).split("/");
  const name = first.startsWith("@") ? `${first}/${second}` : first;
  const inside = first.startsWith("@") ? rest : [second, ...rest];
  if (inside.length === 0 || inside.includes("..") || isAbsolute(inside.join("/"))) {
    throw new SuiteError(`${where}: path must name a file of a package, got "${path}"`);
  }
  const folders = createRequire(resolve("noop.js")).resolve.paths(name) ?? [];
  const root = folders.map((folder) => join(folder, name)).find((folder) => existsSync(folder));
  if (root !== undefined) return join(root, ...inside);
  throw new SuiteError(
    `${where}: package must be installed, got no "${name}"; npm install ${name}`,
  );
}
