// `backend: "auto"`: opens every candidate, trains a few steps on each that can run the model, and keeps the fastest.
import {
  allocate,
  BackendUnavailableError,
  FastGpuError,
  sizeOf,
  tensor,
  type Graph,
  type HostTensor,
  type ModelSpec,
  type Precision,
  type TensorMap,
} from "@fastgpu/core";
import {
  openTraining,
  planPrograms,
  type RemoteDevice,
  type Training,
  type TrainingRequest,
} from "@fastgpu/runtime";
import type { Objective } from "./compile-options.ts";
import type { ModelPortInfo, Ports } from "./ports.ts";

/** How one candidate did. */
export type RaceEntry =
  | { readonly backend: string; readonly device: string; readonly stepDurationNs: number }
  | { readonly backend: string; readonly reason: string };

/** What the candidates are asked to train. */
export interface RaceProgram {
  readonly spec: ModelSpec;
  readonly objective: Objective;
  readonly ports: Ports;
  readonly precision: Precision;
  readonly stepsPerRun: number | "auto";
}

/** The fastest device, open; the others are closed. */
export interface RaceResult {
  readonly backend: string;
  readonly device: RemoteDevice;
  readonly entries: readonly RaceEntry[];
}

/** Rows of a step: `fit`'s default. */
const raceBatch = 32;
/** Steps of a round; ten make one run of a small model's engine. */
const raceSteps = 10;
/** Rounds that count; the least time of a candidate decides, as other work on the machine only ever slows it down. */
const raceRounds = 3;
/** A candidate this many times slower than the best in its first round is not asked again. */
const hopeless = 3;

/**
 * Finds the fastest of the candidates for a model.
 *
 * @param open - opens a backend's device
 * @throws {BackendUnavailableError} naming why each was refused, if none can run the model
 */
export async function raceBackends(
  candidates: readonly string[],
  open: (backend: string) => Promise<RemoteDevice>,
  program: RaceProgram,
): Promise<RaceResult> {
  const request = raceRequest(program);
  const graph = planPrograms(request).step(raceBatch);
  const refused: RaceEntry[] = [];
  const runners: Runner[] = [];
  for (const backend of candidates) {
    try {
      runners.push(await enter(backend, await open(backend), graph));
    } catch (error) {
      if (!(error instanceof FastGpuError)) throw error;
      if (candidates.length === 1) throw error;
      refused.push({ backend, reason: error.message });
    }
  }
  const finishers = runners.length > 1 ? await measure(runners, request, refused) : runners;
  const [best, ...others] = [...finishers].sort((a, b) => a.stepDurationNs - b.stepDurationNs);
  if (best === undefined) throw noneOf(refused);
  await best.training?.dispose();
  await Promise.all(others.map(({ device }) => device.dispose()));
  const measured = finishers.map(({ backend, device, stepDurationNs }): RaceEntry => {
    return { backend, device: device.info.id, stepDurationNs };
  });
  const entries = runners.length > 1 ? [...measured, ...refused] : refused;
  return { backend: best.backend, device: best.device, entries };
}

interface Runner {
  readonly backend: string;
  readonly device: RemoteDevice;
  training?: Training;
  stepDurationNs: number;
}

async function enter(backend: string, device: RemoteDevice, graph: Graph): Promise<Runner> {
  const answer = await device.supportsGraph(graph);
  if (answer === true) return { backend, device, stepDurationNs: Infinity };
  await device.dispose();
  throw new BackendUnavailableError(
    `backend ${backend}: must be able to run the model, got ${answer.reason}`,
    { fix: "take another backend" },
  );
}

/** Rounds in turn, so that all candidates meet the same state of the machine. One that fails is out. */
async function measure(
  runners: readonly Runner[],
  request: TrainingRequest,
  refused: RaceEntry[],
): Promise<Runner[]> {
  const order = Int32Array.from({ length: raceBatch * raceSteps }, (_, row) => row);
  let left = [...runners];
  for (let round = 0; round <= raceRounds; round++) {
    for (const runner of left) {
      try {
        runner.training ??= await openTraining(runner.device, request);
        const { durationNs } = await runner.training.epoch(order);
        // The first round compiles and warms up.
        if (round === 0) continue;
        runner.stepDurationNs = Math.min(runner.stepDurationNs, durationNs / raceSteps);
      } catch (error) {
        if (!(error instanceof FastGpuError)) throw error;
        refused.push({ backend: runner.backend, reason: error.message });
        left = left.filter((other) => other !== runner);
        await runner.device.kill();
      }
    }
    const best = Math.min(...left.map(({ stepDurationNs }) => stepDurationNs));
    if (
      round > 0 &&
      left.every((r) => r.stepDurationNs === best || r.stepDurationNs > hopeless * best)
    ) {
      break;
    }
  }
  return left;
}

function raceRequest({
  spec,
  objective,
  ports,
  precision,
  stepsPerRun,
}: RaceProgram): TrainingRequest {
  const all = [...ports.inputs, ...ports.targets];
  const train: TensorMap = Object.fromEntries(all.map((port) => [port.port, sampleRows(port)]));
  return {
    model: spec,
    objective,
    batchSize: raceBatch,
    data: { train },
    precision,
    stepsPerRun,
  };
}

/** Rows that no engine can treat as zeros: a wave for floats; 0, which is always in range, for whole numbers. */
function sampleRows({ dtype, row }: ModelPortInfo): HostTensor {
  const shape = [raceBatch * raceSteps, ...row];
  const data = allocate(dtype, sizeOf(shape));
  if (dtype === "f32") data.forEach((_, i) => (data[i] = Math.sin(i) / 2 + 0.5));
  return tensor(dtype, shape, data);
}

function noneOf(refused: readonly RaceEntry[]): BackendUnavailableError {
  const reasons = refused.map((entry) => ("reason" in entry ? entry.reason : entry.backend));
  return new BackendUnavailableError(
    `compile: a backend must be able to run the model, got ${reasons.join("; ")}`,
    { fix: "fastgpu-bench doctor" },
  );
}
