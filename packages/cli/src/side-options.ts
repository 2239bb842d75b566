// The options by which `compare` and the two programs of its sides choose what to measure. They cross a process border as
// arguments, so reading and writing them are in one place.
import type { Command } from "commander";
import { loadSuite, planRun, type Plan, type PlanOptions } from "@fastgpu/bench";
import type { DevicePool } from "@fastgpu/runtime";
import { chooseBackends } from "./backends.ts";
import type { Context } from "./context.ts";
import { parseList, parseSeconds, parseThreads, wholeNumber } from "./option-values.ts";

/** As the parser gives them. */
export interface SideOptions {
  readonly backend?: string;
  readonly device?: readonly string[];
  readonly workload?: readonly string[];
  readonly threads?: readonly (number | "auto")[];
  readonly seed?: number;
  readonly quick?: true;
  readonly timeout?: number;
}

/** Adds the options to a command. */
export function addSideOptions(command: Command): Command {
  return command
    .option(
      "--backend <name,...>",
      "backends: names, packages, files, or all (default: the suite's)",
    )
    .option("--device <id,...>", "device ids as listed by `devices`, default, or all", parseList)
    .option("--workload <name,...>", "only these workloads of the suite", parseList)
    .option("--threads <n,...>", "engine threads, numbers or auto", parseThreads)
    .option("--seed <n>", "base seed", wholeNumber("--seed", 0))
    .option("--quick", "short sampling: see that all works; too little to compare")
    .option("--timeout <seconds>", "longest time for one trial", parseSeconds);
}

/** The options as arguments of the command `side`. */
export function sideArguments(options: SideOptions): readonly string[] {
  const { backend, device, workload, threads, seed, quick, timeout } = options;
  const list = (name: string, values: readonly (string | number)[] | undefined): string[] =>
    values === undefined ? [] : [name, values.join(",")];
  return [
    ...(backend === undefined ? [] : ["--backend", backend]),
    ...list("--device", device),
    ...list("--workload", workload),
    ...list("--threads", threads),
    ...(seed === undefined ? [] : ["--seed", String(seed)]),
    ...(quick === true ? ["--quick"] : []),
    ...(timeout === undefined ? [] : ["--timeout", String(timeout / 1000)]),
  ];
}

/**
 * Plans a suite with one process per configuration: a comparison has rounds instead of repeats.
 *
 * @throws {SuiteError} if the suite is wrong
 * @throws {UsageError} if there is no such backend, device or workload
 */
export async function planSide(
  suiteName: string,
  options: SideOptions,
  pool: DevicePool,
  context: Context,
): Promise<Plan> {
  const { backend, device, workload, threads, seed, quick, timeout } = options;
  const loaded = await loadSuite(suiteName);
  const suite =
    timeout === undefined
      ? loaded
      : {
          ...loaded,
          workloads: loaded.workloads.map((each) => ({
            ...each,
            sampling: { ...each.sampling, trialTimeoutMs: timeout },
          })),
        };
  const planOptions: PlanOptions = {
    repeats: 1,
    ...(backend === undefined ? {} : { backends: chooseBackends(backend, context.workingFolder) }),
    ...(device === undefined ? {} : { devices: device }),
    ...(workload === undefined ? {} : { workloads: workload }),
    ...(threads === undefined ? {} : { threads }),
    ...(seed === undefined ? {} : { seed }),
    ...(quick === undefined ? {} : { isQuick: quick }),
  };
  return planRun(suite, planOptions, async (name, wanted) => {
    chooseBackends(name, context.workingFolder);
    return pool.devicesFor(name, wanted, context.signal);
  });
}
