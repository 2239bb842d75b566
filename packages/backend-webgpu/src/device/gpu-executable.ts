// Runs a program: inputs up, one command buffer, and down only what is fetched. Everything up to the submission happens in
// the order of the calls; waiting for results does not hold up later calls.
import {
  formatType,
  GraphError,
  sameShape,
  sizeOf,
  type Executable,
  type HostTensor,
  type KernelTiming,
  type TensorMap,
} from "@fastgpu/core";
import { usage } from "../adapter/gpu.ts";
import type { CompiledPort } from "../lower/compile.ts";
import type { AheadOfRun } from "./compile-ahead.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuProgram } from "./gpu-program.ts";
import { copyBytes, emptyTensor, tensorAt, upload } from "./transfer.ts";
import { isRingWorth, UploadRing } from "./upload-ring.ts";

interface Fetched extends CompiledPort {
  /** In the staging buffer. */
  readonly stagingBytes: number;
}

/** What one list of names takes. */
interface FetchPlan {
  readonly outputs: readonly Fetched[];
  readonly bytes: number;
  /** Staging buffers that are not in use. */
  readonly free: GPUBuffer[];
}

/** Staging buffers that a list of names keeps for later runs. */
const keptStagings = 4;

/** See {@link Executable}. */
export class GpuExecutable implements Executable {
  private readonly program: GpuProgram;
  private readonly context: GpuContext;
  private readonly profile: () => Promise<readonly KernelTiming[]>;
  private readonly onDispose: (executable: GpuExecutable) => void;
  private readonly ahead: AheadOfRun | undefined;
  private readonly uploads: UploadRing;
  private readonly plans = new Map<string, FetchPlan>();
  private hasRun = false;
  private isDisposed = false;

  /**
   * @param profile - runs the program once more with timestamps, leaving the state as it is
   * @param ahead - what goes on until the program has run once
   */
  constructor(
    program: GpuProgram,
    context: GpuContext,
    profile: () => Promise<readonly KernelTiming[]>,
    onDispose: (executable: GpuExecutable) => void,
    ahead: AheadOfRun | undefined,
  ) {
    this.program = program;
    this.context = context;
    this.profile = profile;
    this.onDispose = onDispose;
    this.ahead = ahead;
    this.uploads = new UploadRing(context);
  }

  /** See {@link Executable.run}. */
  async run(inputs: TensorMap, fetch?: readonly string[]): Promise<TensorMap> {
    const pending = await this.context.inOrder(() => this.start(inputs, fetch));
    return pending.results();
  }

  /** See {@link Executable.sync}. */
  async sync(): Promise<void> {
    await this.context.inOrder(() => {
      this.context.check();
    });
    await this.context.finished();
  }

  /** See {@link Executable.timings}: one more run of the latest inputs with timestamps; state stays. */
  timings(): Promise<readonly KernelTiming[]> {
    return this.context.inOrder(() => {
      this.checkAlive();
      return this.hasRun ? this.profile() : [];
    });
  }

  /** See {@link Executable.dispose}. */
  dispose(): Promise<void> {
    return this.context.inOrder(async () => {
      if (this.isDisposed) return;
      this.isDisposed = true;
      this.onDispose(this);
      await this.ahead?.cancel();
      this.uploads.dispose();
      for (const { free } of this.plans.values()) {
        for (const staging of free.splice(0)) this.context.free(staging);
      }
      this.program.dispose();
    });
  }

  private async start(
    inputs: TensorMap,
    fetch: readonly string[] | undefined,
  ): Promise<{ results: () => Promise<TensorMap> }> {
    try {
      return await this.submitRun(inputs, fetch);
    } catch (error) {
      // What was filled for a run that did not start is free again.
      this.uploads.recycle();
      throw error;
    }
  }

  private async submitRun(
    inputs: TensorMap,
    fetch: readonly string[] | undefined,
  ): Promise<{ results: () => Promise<TensorMap> }> {
    const { context, program } = this;
    this.checkAlive();
    const plan = this.planFor(fetch);
    const encoder = context.gpu.createCommandEncoder();
    await this.bindInputs(inputs, encoder);
    program.encodeKernels(encoder);
    const staging = plan.bytes === 0 ? undefined : (plan.free.pop() ?? (await this.staging(plan)));
    if (staging !== undefined) {
      for (const { address, type, stagingBytes } of plan.outputs) {
        if (address === undefined) continue;
        const source = program.bufferAt(address);
        encoder.copyBufferToBuffer(
          source,
          address.offsetBytes,
          staging,
          stagingBytes,
          copyBytes(type),
        );
      }
    }
    program.encodeCopies(encoder);
    const submitted = context.submit([encoder.finish()]);
    this.uploads.recycle();
    await submitted;
    if (!this.hasRun) this.endAhead();
    this.hasRun = true;
    context.ledger.bytesDown += plan.bytes;
    return { results: () => this.collect(plan, staging) };
  }

  /** A run that fails has its own caller to tell; then nothing is known to be compiled. */
  private endAhead(): void {
    const { ahead, context } = this;
    if (ahead === undefined) return;
    const end = (): Promise<void> => ahead.end();
    const cancel = (): Promise<void> => ahead.cancel();
    void context.gpu.queue.onSubmittedWorkDone().then(end, cancel);
  }

  private async collect(plan: FetchPlan, staging: GPUBuffer | undefined): Promise<TensorMap> {
    const results: Record<string, HostTensor> = {};
    const bytes =
      staging === undefined ? undefined : await this.context.download(staging, plan.bytes);
    for (const { name, type, stagingBytes } of plan.outputs) {
      results[name] =
        bytes === undefined || sizeOf(type.shape) === 0
          ? emptyTensor(type)
          : tensorAt(bytes, stagingBytes, type);
    }
    if (staging !== undefined) {
      if (plan.free.length < keptStagings && !this.isDisposed) plan.free.push(staging);
      else this.context.free(staging);
    }
    return results;
  }

  private async bindInputs(inputs: TensorMap, encoder: GPUCommandEncoder): Promise<void> {
    const { context, program } = this;
    const ports = program.compiled.inputs;
    for (const { name, type } of ports) checkInput(name, type, inputs[name]);
    for (const { name, address } of ports) {
      const value = inputs[name];
      if (address === undefined || value === undefined) continue;
      const target = program.bufferAt(address);
      if (isRingWorth(value)) {
        await this.uploads.encode(encoder, target, address.offsetBytes, value);
      } else {
        upload(context.gpu.queue, target, address.offsetBytes, value);
      }
      context.ledger.bytesUp += value.data.byteLength;
    }
  }

  private planFor(fetch: readonly string[] | undefined): FetchPlan {
    const key = fetch === undefined ? "*" : JSON.stringify(fetch);
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const all = this.program.compiled.outputs;
    let bytes = 0;
    const outputs = (fetch ?? all.map(({ name }) => name)).map((name): Fetched => {
      const port = all.find((candidate) => candidate.name === name);
      if (port === undefined) {
        const names = all.map((candidate) => candidate.name).join(", ");
        throw new GraphError(`webgpu: fetch must name outputs, got "${name}", not in [${names}]`);
      }
      const stagingBytes = bytes;
      bytes += port.address === undefined ? 0 : copyBytes(port.type);
      return { ...port, stagingBytes };
    });
    const plan: FetchPlan = { outputs, bytes, free: [] };
    this.plans.set(key, plan);
    return plan;
  }

  private staging({ bytes }: FetchPlan): Promise<GPUBuffer> {
    return this.context.buffer("outputs", bytes, usage.mapRead | usage.copyTarget);
  }

  private checkAlive(): void {
    this.context.check();
    if (this.isDisposed)
      throw new GraphError("webgpu: an executable must not be disposed, got one");
  }
}

function checkInput(name: string, type: CompiledPort["type"], value: HostTensor | undefined): void {
  if (value?.dtype !== type.dtype || !sameShape(value.shape, type.shape)) {
    const found = value === undefined ? "none" : formatType(value);
    throw new GraphError(`webgpu: input "${name}" must be ${formatType(type)}, got ${found}`);
  }
  const size = sizeOf(type.shape);
  if (value.data.length !== size) {
    throw new GraphError(
      `webgpu: input "${name}" must hold ${size} elements, got ${value.data.length}`,
    );
  }
}
