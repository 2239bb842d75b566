// Compiles the kernels of a program on several cores. A driver that computes on the processor (lavapipe) compiles a kernel when
// it first runs, one after another on the thread of its device. So further devices of the same adapter run parts of the
// program's kernels once, on made-up memory, while the program's own device makes its first run: what they compile the
// driver puts into its cache on disk, where the first run finds it.
import type { CompiledDispatch } from "../lower/compile.ts";
import { usage } from "../adapter/gpu.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { KnownKernels } from "./known-kernels.ts";
import { kernelKey, PipelineCache } from "./pipelines.ts";

/** Bindings lie at multiples of this, each with memory of its own, as none may be written twice. */
const bindingBytes = 256;

/** Characters of WGSL below which the driver is done before a further device is open. */
const leastText = 12_000;

/** See the file's purpose. */
export class CompileAhead {
  private readonly openContext: () => Promise<GpuContext>;
  private readonly known: KnownKernels;
  private readonly lanes: number;

  /** @param lanes - cores to use, that of the program's own device among them */
  constructor(openContext: () => Promise<GpuContext>, known: KnownKernels, lanes: number) {
    this.openContext = openContext;
    this.known = known;
    this.lanes = lanes;
  }

  /** Begins with what is new to the driver. To be ended when the program has run once; undefined if there is nothing to do. */
  start(dispatches: readonly CompiledDispatch[]): AheadOfRun | undefined {
    const fresh = new Map<string, CompiledDispatch>();
    for (const dispatch of dispatches) {
      const key = kernelKey(dispatch);
      if (!this.known.has(key)) fresh.set(key, dispatch);
    }
    if (fresh.size === 0) return undefined;
    const kernels = [...fresh.values()];
    const text = kernels.reduce((sum, { wgsl }) => sum + wgsl.length, 0);
    // The first run begins with the first part; where it gets ahead of a part, it meets it from the other end.
    const parts =
      text < leastText
        ? []
        : partsByWeight(kernels, ({ wgsl }) => wgsl.length, this.lanes).slice(1);
    const lanes = parts.map((part) => part.toReversed());
    return new AheadOfRun(this.openContext, this.known, [...fresh.keys()], lanes);
  }
}

/** The work for one program. */
export class AheadOfRun {
  private readonly openContext: () => Promise<GpuContext>;
  private readonly known: KnownKernels;
  private readonly keys: readonly string[];
  private readonly working: readonly Promise<void>[];
  private isOver = false;

  constructor(
    openContext: () => Promise<GpuContext>,
    known: KnownKernels,
    keys: readonly string[],
    lanes: readonly (readonly CompiledDispatch[])[],
  ) {
    this.openContext = openContext;
    this.known = known;
    this.keys = keys;
    // Only speed is lost with a lane: the program's own device compiles what is missing and reports what is wrong with it.
    this.working = lanes.map((lane) => this.work(lane).catch(() => undefined));
  }

  /** The program has run once, so that the driver knows all of its kernels; ends what is still going on. */
  async end(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await Promise.all([...this.working, this.known.add(this.keys)]);
  }

  /** The program is given up. */
  async cancel(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.working);
  }

  private async work(kernels: readonly CompiledDispatch[]): Promise<void> {
    if (kernels.length === 0) return;
    const context = await this.openContext();
    try {
      const pipelines = new PipelineCache(context);
      const most = Math.max(...kernels.map(({ bindings }) => bindings.length));
      const buffer = (): GPUBuffer =>
        context.gpu.createBuffer({ size: most * bindingBytes, usage: usage.storage });
      const memory = { read: buffer(), written: buffer() };
      for (const kernel of kernels) {
        if (this.isOver) return;
        await runOnce(context, pipelines, memory, kernel);
      }
    } finally {
      context.dispose();
    }
  }
}

/** Two buffers, as none may be read and written in one dispatch. */
interface Memory {
  readonly read: GPUBuffer;
  readonly written: GPUBuffer;
}

/** One workgroup: reads and writes beyond the made-up memory are clamped, and the numbers are of no use. */
async function runOnce(
  { gpu }: GpuContext,
  pipelines: PipelineCache,
  memory: Memory,
  kernel: CompiledDispatch,
): Promise<void> {
  const { pipeline, layout } = await pipelines.get(kernel);
  const entries = kernel.bindings.map(({ isWritten }, binding) => ({
    binding,
    resource: {
      buffer: isWritten ? memory.written : memory.read,
      offset: binding * bindingBytes,
      size: bindingBytes,
    },
  }));
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, gpu.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  gpu.queue.submit([encoder.finish()]);
  await gpu.queue.onSubmittedWorkDone();
}

/** Consecutive items in `count` parts of about equal weight; parts may be empty. */
export function partsByWeight<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  count: number,
): readonly (readonly T[])[] {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  let before = 0;
  const placed = items.map((item) => {
    const weight = weightOf(item);
    // By its middle, so that a heavy one goes where most of it lies.
    const part = Math.min(count - 1, Math.floor(((before + weight / 2) / total) * count));
    before += weight;
    return { item, part };
  });
  return Array.from({ length: count }, (_, part) =>
    placed.filter((one) => one.part === part).map(({ item }) => item),
  );
}
