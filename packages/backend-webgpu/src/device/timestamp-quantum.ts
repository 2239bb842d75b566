// In what steps an adapter's timestamps go. Dawn rounds them to 65,536 ns unless its toggle is off, drivers to a tick of their
// clock; a kernel time says nothing below that.
import { mapRead, usage } from "../adapter/gpu.ts";

/** Passes of one submission, each with a stamp at both ends. */
const passes = 32;
/** Submissions at most; with steps of 65,536 ns some take no time that shows. */
const most = 32;
/** Different stamps that tell a step; fewer say more about themselves than about the clock. */
const enough = 12;

/**
 * The step of a device's timestamps, ns: the greatest common divisor of the differences of many; undefined if the device has
 * none, or its clock stands still.
 */
export function timestampQuantum(gpu: GPUDevice): Promise<number | undefined> {
  const known = measured.get(gpu);
  if (known !== undefined) return known;
  const quantum = gpu.features.has("timestamp-query")
    ? measureQuantum(gpu)
    : Promise.resolve(undefined);
  measured.set(gpu, quantum);
  return quantum;
}

const measured = new WeakMap<GPUDevice, Promise<number | undefined>>();

async function measureQuantum(gpu: GPUDevice): Promise<number | undefined> {
  const count = 2 * passes;
  const querySet = gpu.createQuerySet({ type: "timestamp", count });
  const resolved = gpu.createBuffer({
    size: count * 8,
    usage: usage.queryResolve | usage.copySource,
  });
  const staging = gpu.createBuffer({ size: count * 8, usage: usage.mapRead | usage.copyTarget });
  try {
    const stamps = new Set<bigint>();
    for (let round = 0; round < most && stamps.size < enough; round++) {
      const encoder = gpu.createCommandEncoder();
      for (let pass = 0; pass < passes; pass++) {
        const timestampWrites = {
          querySet,
          beginningOfPassWriteIndex: 2 * pass,
          endOfPassWriteIndex: 2 * pass + 1,
        };
        encoder.beginComputePass({ timestampWrites }).end();
      }
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
      gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(mapRead);
      for (const stamp of new BigUint64Array(staging.getMappedRange())) stamps.add(stamp);
      staging.unmap();
    }
    return stepOf([...stamps]);
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}

/** The greatest common divisor of the differences of stamps, ns; undefined for fewer than three different ones. */
export function stepOf(stamps: readonly bigint[]): number | undefined {
  const sorted = [...new Set(stamps)].sort((a, b) => (a < b ? -1 : 1));
  if (sorted.length < 3) return undefined;
  const [first = 0n] = sorted;
  return Number(sorted.reduce((step, stamp) => greatestCommonDivisor(stamp - first, step), 0n));
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
