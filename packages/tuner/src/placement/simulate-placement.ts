// What a training step costs on several unequal devices, computed instead of measured: for tuning placements before the
// machine is there, and for judging strategies on spaces whose optimum is known.
import type { TrialOutcome } from "../observation.ts";
import type { Configuration, SpaceDeclaration } from "../space/declaration.ts";
import { transferMs, type LinkTimes } from "./link-times.ts";

/** A layer of a network, per sample where it says so. */
export interface SimulatedLayer {
  /** Forward FLOPs per sample; backward is counted as twice that. */
  readonly flops: number;
  readonly parameterBytes: number;
  /** Bytes per sample that go to the next layer, and that are kept for the backward pass. */
  readonly activationBytes: number;
}

/** A device; rates are what it achieves, not its peak. */
export interface SimulatedDevice {
  readonly flopsPerSecond: number;
  readonly memoryBytes: number;
  /** Node that it is in: links inside of a node are faster than between nodes. */
  readonly node: number;
  /** Start-up of the work on one micro-batch, ms. */
  readonly overheadMs: number;
}

/** A cluster with its measured links. */
export interface SimulatedCluster {
  readonly devices: readonly SimulatedDevice[];
  readonly transfer: { readonly inside: LinkTimes; readonly between: LinkTimes };
  readonly allReduce: { readonly inside: LinkTimes; readonly between: LinkTimes };
}

/** A training step that is to be placed. */
export interface SimulatedStep {
  readonly layers: readonly SimulatedLayer[];
  readonly batch: number;
  readonly cluster: SimulatedCluster;
}

/** State of an optimizer such as Adam, per byte of parameters: the parameter, its gradient and two moments. */
const stateFactor = 4;

/**
 * The space of a step: data parallelism with a share of the batch per device (in `unit` samples), or a pipeline with
 * cuts between layers and a number of micro-batches. A device may get nothing.
 */
export function placementSpace(
  { layers, batch, cluster }: SimulatedStep,
  unit: number,
): SpaceDeclaration {
  const parts = cluster.devices.length;
  return {
    parameters: {
      parallel: { kind: "categorical", values: ["data", "pipeline"] },
      split: { kind: "simplex", parts, total: batch, step: unit, when: { parallel: "data" } },
      cuts: { kind: "cuts", items: layers.length, parts, min: 0, when: { parallel: "pipeline" } },
      microBatches: {
        kind: "integer",
        min: 1,
        max: batch,
        scale: "power-of-two",
        when: { parallel: "pipeline" },
      },
    },
  };
}

/**
 * Time of one step in ms as metric `stepMs`, or out of memory.
 *
 * Data parallel: the slowest device, then an all-reduce of the gradients over the links that it has to use. Pipeline (Huang
 * et al. 2019, GPipe): with m micro-batches the sum over the stages of one micro-batch plus (m - 1) times the slowest stage,
 * where a stage is its compute and the transfer of its activations and their gradients.
 */
export function simulatePlacement(step: SimulatedStep, configuration: Configuration): TrialOutcome {
  const { parallel, split, cuts, microBatches } = configuration;
  const stepMs =
    parallel === "data"
      ? dataParallelMs(step, split as readonly number[])
      : pipelineMs(step, cuts as readonly number[], Number(microBatches));
  return stepMs === undefined
    ? { kind: "failed", cause: "out-of-memory" }
    : { kind: "ok", values: { stepMs: { value: stepMs } } };
}

function dataParallelMs(
  { layers, cluster }: SimulatedStep,
  split: readonly number[],
): number | undefined {
  const parameters = sum(layers.map(({ parameterBytes }) => parameterBytes));
  const activations = sum(layers.map(({ activationBytes }) => activationBytes));
  const used = cluster.devices.flatMap((device, i) =>
    split[i]! > 0 ? [{ device, share: split[i]! }] : [],
  );
  const fits = used.every(
    ({ device, share }) => stateFactor * parameters + share * activations <= device.memoryBytes,
  );
  if (!fits) return undefined;
  const flops = sum(layers.map((layer) => layer.flops));
  const compute = used.map(
    ({ device, share }) => device.overheadMs + (3000 * flops * share) / device.flopsPerSecond,
  );
  const nodes = new Set(used.map(({ device }) => device.node));
  const links = nodes.size > 1 ? cluster.allReduce.between : cluster.allReduce.inside;
  return Math.max(...compute) + (used.length > 1 ? transferMs(links, parameters) : 0);
}

function pipelineMs(
  { layers, batch, cluster }: SimulatedStep,
  cuts: readonly number[],
  microBatches: number,
): number | undefined {
  const samples = batch / microBatches;
  const ends = [...cuts, layers.length];
  const stages = cluster.devices.flatMap((device, i) => {
    const own = layers.slice(i === 0 ? 0 : ends[i - 1], ends[i]);
    return own.length === 0 ? [] : [{ device, own }];
  });
  const times: number[] = [];
  for (const [i, { device, own }] of stages.entries()) {
    const parameters = sum(own.map(({ parameterBytes }) => parameterBytes));
    const kept = batch * sum(own.map(({ activationBytes }) => activationBytes));
    if (stateFactor * parameters + kept > device.memoryBytes) return undefined;
    const compute = (3000 * samples * sum(own.map(({ flops }) => flops))) / device.flopsPerSecond;
    const next = stages[i + 1];
    const links =
      next?.device.node === device.node ? cluster.transfer.inside : cluster.transfer.between;
    const out = next === undefined ? 0 : samples * own.at(-1)!.activationBytes;
    // Activations forward, gradients of the same size back.
    times.push(device.overheadMs + compute + 2 * transferMs(links, out));
  }
  return sum(times) + (microBatches - 1) * Math.max(...times);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
