// Device time per kernel: one more run, each kernel in a pass of its own between two timestamps. The state that it changes
// is put back.
import type { KernelTiming } from "@fastgpu/core";
import { usage } from "../adapter/gpu.ts";
import { storageUsage, type GpuContext } from "./gpu-context.ts";
import type { GpuProgram } from "./gpu-program.ts";
import { timestampQuantum } from "./timestamp-quantum.ts";

/** Times the kernels of a program; [] if the adapter has no timestamps. */
export async function profileProgram(
  context: GpuContext,
  program: GpuProgram,
  stateBuffers: readonly GPUBuffer[],
): Promise<readonly KernelTiming[]> {
  const count = 2 * program.dispatches.length;
  if (count === 0 || !context.gpu.features.has("timestamp-query")) return [];
  const made: GPUBuffer[] = [];
  const make = async (label: string, bytes: number, usages: number): Promise<GPUBuffer> => {
    const buffer = await context.buffer(label, bytes, usages);
    made.push(buffer);
    return buffer;
  };
  const quantumNs = await timestampQuantum(context.gpu);
  const clock = quantumNs === undefined ? {} : { quantumNs };
  const querySet = context.gpu.createQuerySet({ type: "timestamp", count });
  try {
    const resolved = await make("timestamps", count * 8, usage.queryResolve | usage.copySource);
    const staging = await make("timestamps read", count * 8, usage.mapRead | usage.copyTarget);
    const encoder = context.gpu.createCommandEncoder();
    const kept: [GPUBuffer, GPUBuffer][] = [];
    for (const buffer of stateBuffers)
      kept.push([buffer, await make("kept state", buffer.size, storageUsage)]);
    for (const [state, copy] of kept) encoder.copyBufferToBuffer(state, 0, copy, 0, state.size);
    program.encodeKernels(encoder, (i) => ({
      timestampWrites: {
        querySet,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      },
    }));
    for (const [state, copy] of kept) encoder.copyBufferToBuffer(copy, 0, state, 0, state.size);
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
    await context.submit([encoder.finish()]);
    const stamps = new BigUint64Array(await context.download(staging, count * 8));
    return program.dispatches.map(({ name, op }, i): KernelTiming => {
      const [zero = 0n, begin = 0n, end = 0n] = [stamps[0], stamps[2 * i], stamps[2 * i + 1]];
      // Clocks of some drivers step back between passes.
      const since = (from: bigint, to: bigint): number => (to > from ? Number(to - from) : 0);
      return { name, op, durationNs: since(begin, end), startNs: since(zero, begin), ...clock };
    });
  } finally {
    querySet.destroy();
    for (const buffer of made) context.free(buffer);
  }
}
