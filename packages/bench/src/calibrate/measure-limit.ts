// Measures one limit of a device in a process of its own: checked first, warmed up, the fastest of many runs.
import { UnsupportedOpError, type DeviceInfo, type TensorMap } from "@fastgpu/core";
import { summarize, type SpeedLimit } from "@fastgpu/results";
import type { DevicePool, RemoteDevice } from "@fastgpu/runtime";
import type { Clock } from "../jobs/clock.ts";
import { runFirst } from "../jobs/first-run.ts";
import { kernelsOf } from "../jobs/placement.ts";
import { sampleOn } from "../jobs/sample.ts";
import type { Target } from "../jobs/target.ts";
import { requireSupport } from "../trial/support.ts";
import { requirePassed } from "../trial/trial.ts";
import { limitProgram, type LimitPrecision } from "./limit-program.ts";

/** Which limit of which device. */
export interface LimitRequest {
  readonly backend: string;
  readonly device: DeviceInfo;
  readonly threads?: number;
  readonly kind: SpeedLimit["kind"];
  readonly precision: LimitPrecision;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** A limit, and what was learnt on the way. */
export interface MeasuredLimit {
  readonly limit: SpeedLimit;
  readonly clock: Clock;
  /** Greatest step that divides all kernel times, ns; absent when the engine tells none or too few differ. */
  readonly quantumNs?: number;
}

const sampling = { minIterations: 20, minElapsedNs: 500e6, maxElapsedNs: 5e9 };
const warmup = { windows: 3, maxRatio: 1.05, maxIterations: 100, maxElapsedNs: 1e9 };
const timestampRuns = 12;

/**
 * Measures a limit.
 *
 * @throws {UnsupportedOpError} if the device cannot compute in the precision
 * @throws {MeasurementError} if its result is wrong
 */
export async function measureLimit(
  pool: Pick<DevicePool, "openDevice">,
  request: LimitRequest,
): Promise<MeasuredLimit> {
  const { backend, device: info, threads, kind, precision, seed, signal } = request;
  if (!info.dtypes.includes(precision)) {
    throw new UnsupportedOpError(
      `calibrate: ${precision} must be among the device's dtypes, got ${info.dtypes.join(", ")}`,
    );
  }
  const size = sizeFor(info, kind);
  const program = limitProgram(kind, precision, size, seed);
  const device = await pool.openDevice({
    backend,
    device: info,
    options: threads === undefined ? {} : { threads },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await requireSupport(device, program.graph);
    const state = await device.createState(program.state);
    const executable = await device.compile(program.graph, state);
    const target: Target = { kind: "program", executable: executable.handle };
    const { outputs } = await runFirst(device, { target, inputs: {} });
    const after = kind === "copy" ? await state.read() : {};
    // The outputs of a graph have the dtypes of graphs.
    requirePassed(program.check(outputs as TensorMap, after));
    const argument = { target, inputs: [{}], fetch: [], warmup, sampling };
    const sampled = await sampleOn(device, argument, () => undefined);
    const { minNs, p50Ns } = summarize(Array.from(sampled.latencyNs));
    const quantumNs = kind === "gemm" ? await timestampQuantum(device, target) : undefined;
    return {
      limit: {
        kind,
        precision,
        perSecond: (program.work * 1e9) / Math.max(1, minNs),
        medianPerSecond: (program.work * 1e9) / Math.max(1, p50Ns),
        size,
      },
      clock: sampled.clock,
      ...(quantumNs === undefined ? {} : { quantumNs }),
    };
  } finally {
    await device.dispose();
  }
}

/** Large enough that neither caches nor starts of kernels count, small enough for every device. */
function sizeFor({ kind, isSoftware }: DeviceInfo, limit: SpeedLimit["kind"]): number {
  const isFast = kind === "gpu" && isSoftware !== true;
  if (limit === "copy") return isFast ? 1 << 26 : 1 << 24;
  if (isFast) return 4096;
  return isSoftware === true ? 512 : 1024;
}

/** What the engine measured of its clock, else the greatest common divisor of kernel times: engines that round show it. */
async function timestampQuantum(device: RemoteDevice, target: Target): Promise<number | undefined> {
  const times = new Set<number>();
  for (let run = 0; run < timestampRuns; run++) {
    for (const { durationNs, quantumNs } of await kernelsOf(device, target)) {
      if (quantumNs !== undefined) return quantumNs;
      times.add(Math.round(durationNs));
    }
  }
  times.delete(0);
  // Fewer different times would say more about themselves than about the clock.
  if (times.size < 4) return undefined;
  return [...times].reduce((a, b) => greatestCommonDivisor(a, b));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
