// What a search may know before its first trial: the roofline of the workload's program (Williams, Waterman and Patterson
// 2009, doi 10.1145/1498765.1498785), as a formula over the space's parameters. A run takes at least its operations over
// the device's rate or its bytes over the memory's, and a fixed time to start. Only its shape counts, and the search learns
// how far to believe it, so rates that nobody calibrated may be rough.
import { availableParallelism } from "node:os";
import { graphCost, type Precision } from "@fastgpu/core";
import { workloadGraph, type PlannedTrial, type Suite } from "@fastgpu/bench";
import { findDevice, findLimit, type Calibration } from "@fastgpu/results";
import type { SpaceDeclaration } from "@fastgpu/tuner";
import type { Goal } from "../goal/goal.ts";
import type { StudyDevice } from "./part.ts";

/** What a guess is made from. */
export interface RooflineRequest {
  readonly suite: Pick<Suite, "models">;
  /** The default configuration. */
  readonly base: PlannedTrial;
  readonly devices: readonly StudyDevice[];
  readonly space: SpaceDeclaration;
  readonly goal: Goal;
  /** Measured rates of this machine; absent = usual ones for the kind of device. */
  readonly calibration?: Calibration;
}

/** Operations and bytes per second, and seconds that a run takes however small it is. */
interface Rates {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly startSeconds: number;
}

/** Of a core and of a whole GPU: orders of magnitude, where no calibration says better. */
const usual = {
  core: { flopsPerSecond: 5e10, bytesPerSecond: 1e10, startSeconds: 2e-5 },
  gpu: { flopsPerSecond: 1e13, bytesPerSecond: 5e11, startSeconds: 1e-4 },
} as const;

/** Steps of a run of which the engine chooses the number. */
const autoSteps = 10;

/** Metrics that are times of a batch, or its inverse per sample. */
const timed: readonly string[] = ["throughput", "p50", "p90", "p95", "p99"];

/**
 * The guess as text: seconds per sample where the objective is throughput, else per run. Undefined where nothing can be
 * said: another objective, a model file, or no parameter of the space that a roofline depends on.
 */
export function rooflineGuess(request: RooflineRequest): string | undefined {
  const { base, devices, space, goal } = request;
  const [{ metric }] = goal.objectives;
  if (!timed.includes(metric)) return undefined;
  const work = workOf(request);
  if (work === undefined) return undefined;
  const names = Object.keys(space.parameters);
  const has = (name: string): boolean => names.includes(name);
  const used = ["device", "precision", "batchSize", "threads", "stepsPerRun"].filter(has);
  if (used.length === 0) return undefined;
  const batch = has("batchSize") ? "batchSize" : short(base.config.batchSize);
  const rates = devices.map((device) => ({ device, rates: ratesOf(device, request) }));
  const byDevice = (textOf: (one: (typeof rates)[number]) => string): string =>
    choice("device", has("device"), rates, ({ device }) => device.name, textOf);
  const flopsPerSecond = byDevice(({ device, rates: { flopsPerSecond } }) =>
    has("threads") && device.info.kind === "cpu"
      ? `${short(flopsPerSecond / availableParallelism())} * threads`
      : short(flopsPerSecond),
  );
  const bytesPerSecond = byDevice(({ rates: { bytesPerSecond } }) => short(bytesPerSecond));
  const start = byDevice(({ rates: { startSeconds } }) => short(startSeconds));
  const steps = has("stepsPerRun")
    ? `(stepsPerRun == "auto" ? ${autoSteps} : stepsPerRun)`
    : short(typeof base.stepsPerRun === "number" ? base.stepsPerRun : 1);
  const compute = `${linear(work.flops, batch)} / ${flopsPerSecond}`;
  const move = `${linear(work.bytes, batch)} * ${sizeOfNumbers(base, has("precision"))} / ${bytesPerSecond}`;
  const seconds = `max(${compute}, ${move}) + ${start} / ${steps}`;
  return metric === "throughput" ? `(${seconds}) / ${batch}` : seconds;
}

/** Values at batch 0 and for every sample. */
interface Line {
  readonly fixed: number;
  readonly perSample: number;
}

function workOf({
  suite,
  base,
  space,
}: RooflineRequest): { readonly flops: Line; readonly bytes: Line } | undefined {
  const { workload, config } = base;
  const precision: Precision = "f32";
  const costAt = (batchSize: number): ReturnType<typeof graphCost> | undefined => {
    const graph = workloadGraph(suite, workload, { precision, batchSize });
    return graph === undefined ? undefined : graphCost(graph);
  };
  // Without a batch in the space the work is one number, and a batch of its own may be all that the program has.
  const isFixed = space.parameters["batchSize"] === undefined;
  const [one, two] = isFixed ? [costAt(config.batchSize), undefined] : [costAt(1), costAt(2)];
  if (one === undefined || (!isFixed && two === undefined)) return undefined;
  const lineOf = (count: "flops" | "bytes"): Line => {
    const perSample = two === undefined ? 0 : two[count] - one[count];
    return { fixed: Math.max(0, one[count] - perSample), perSample };
  };
  return { flops: lineOf("flops"), bytes: lineOf("bytes") };
}

function ratesOf({ info }: StudyDevice, { calibration }: RooflineRequest): Rates {
  const { kind, backend, id, engine, isSoftware = false } = info;
  const { core, gpu } = usual;
  const cores = { ...core, flopsPerSecond: core.flopsPerSecond * availableParallelism() };
  const computing = kind === "cpu" || isSoftware ? cores : gpu;
  const fallback: Rates = {
    ...computing,
    startSeconds: kind === "cpu" ? core.startSeconds : gpu.startSeconds,
  };
  const place = { backend, device: id };
  const known = calibration && findDevice(calibration, place, { [engine.name]: engine.version });
  if (known === undefined) return fallback;
  const limitOf = (limit: "gemm" | "copy"): number | undefined =>
    findLimit(known, limit, "f32")?.perSecond;
  return {
    ...fallback,
    flopsPerSecond: limitOf("gemm") ?? fallback.flopsPerSecond,
    bytesPerSecond: limitOf("copy") ?? fallback.bytesPerSecond,
  };
}

/** Bytes of a number over those of f32. */
const sizes: { readonly [P in Precision]: number } = {
  f32: 1,
  mixed: 0.5,
  f16: 0.5,
  int8: 0.25,
  "f16-storage-emulated": 1,
};

function sizeOfNumbers({ config }: PlannedTrial, isSearched: boolean): string {
  if (!isSearched) return short(sizes[config.precision as Precision]);
  return `(precision == "int8" ? ${sizes.int8} : oneOf(precision, "mixed", "f16") ? ${sizes.f16} : 1)`;
}

function linear({ fixed, perSample }: Line, batch: string): string {
  if (perSample === 0) return short(fixed);
  const growing = `${short(perSample)} * ${batch}`;
  return fixed === 0 ? growing : `(${short(fixed)} + ${growing})`;
}

/** The text of each item behind a comparison of the parameter; that of the first where it is not searched. */
function choice<T>(
  parameter: string,
  isSearched: boolean,
  items: readonly T[],
  nameOf: (item: T) => string,
  textOf: (item: T) => string,
): string {
  const texts = items.map(textOf);
  const [last = "1"] = texts.slice(-1);
  if (!isSearched || new Set(texts).size === 1) return `(${texts[0] ?? last})`;
  const tests = items
    .slice(0, -1)
    .map((item) => `${parameter} == ${JSON.stringify(nameOf(item))} ? ${textOf(item)} : `);
  return `(${tests.join("")}${last})`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
