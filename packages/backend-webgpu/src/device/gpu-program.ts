// A compiled program with its memory on a device: buffers, pipelines and bind groups, made once; a run only encodes them.
import { sizeOf } from "@fastgpu/core";
import type { Address, CompiledDispatch, CompiledProgram } from "../lower/compile.ts";
import { gridWidth } from "../lower/module.ts";
import { storageUsage, type GpuContext } from "./gpu-context.ts";
import type { GpuState } from "./gpu-state.ts";
import type { Pipeline, PipelineCache } from "./pipelines.ts";
import { upload } from "./transfer.ts";

/** A dispatch that is ready to be encoded. */
interface ReadyDispatch {
  readonly name: string;
  readonly op: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly x: number;
  readonly y: number;
}

interface ReadyCopy {
  readonly from: GPUBuffer;
  readonly fromBytes: number;
  readonly to: GPUBuffer;
  readonly toBytes: number;
  readonly bytes: number;
}

/** See the file's purpose. */
export class GpuProgram {
  readonly compiled: CompiledProgram;
  readonly dispatches: readonly ReadyDispatch[];
  private readonly copies: readonly ReadyCopy[];
  private readonly context: GpuContext;
  private readonly buffers: ReadonlyMap<string, GPUBuffer>;
  private readonly state: GpuState | undefined;

  private constructor(
    compiled: CompiledProgram,
    context: GpuContext,
    buffers: ReadonlyMap<string, GPUBuffer>,
    state: GpuState | undefined,
    dispatches: readonly ReadyDispatch[],
  ) {
    this.compiled = compiled;
    this.context = context;
    this.buffers = buffers;
    this.state = state;
    this.dispatches = dispatches;
    this.copies = compiled.copies.map(({ from, to, bytes }) => ({
      from: this.bufferAt(from),
      fromBytes: from.offsetBytes,
      to: this.bufferAt(to),
      toBytes: to.offsetBytes,
      bytes,
    }));
  }

  /**
   * Makes buffers and pipelines.
   *
   * @throws {FastGpuError} with code OUT_OF_MEMORY or ENGINE
   */
  static async create(
    compiled: CompiledProgram,
    context: GpuContext,
    pipelines: PipelineCache,
    state: GpuState | undefined,
  ): Promise<GpuProgram> {
    const buffers = new Map<string, GPUBuffer>();
    try {
      const ready = Promise.all(
        compiled.dispatches.map(async (dispatch) => ({
          dispatch,
          made: await pipelines.get(dispatch),
        })),
      );
      // Buffers are made while pipelines compile; what fails among those is heard below.
      ready.catch(() => undefined);
      await makeBuffers(compiled, context, buffers);
      const bufferOf = (name: string): GPUBuffer => findBuffer(name, buffers, state);
      const dispatches = (await ready).map(({ dispatch, made }) =>
        readyDispatch(dispatch, made, bufferOf, context),
      );
      return new GpuProgram(compiled, context, buffers, state, dispatches);
    } catch (error) {
      for (const buffer of buffers.values()) context.free(buffer);
      throw error;
    }
  }

  /** The buffer of an address. */
  bufferAt({ buffer }: Address): GPUBuffer {
    return findBuffer(buffer, this.buffers, this.state);
  }

  /** Encodes all kernels; with `passFor` each in a pass of its own. */
  encodeKernels(
    encoder: GPUCommandEncoder,
    passFor?: (index: number) => GPUComputePassDescriptor,
  ): void {
    const { dispatches } = this;
    if (passFor === undefined) {
      const pass = encoder.beginComputePass();
      for (const dispatch of dispatches) encode(pass, dispatch);
      pass.end();
    } else {
      dispatches.forEach((dispatch, i) => {
        const pass = encoder.beginComputePass(passFor(i));
        encode(pass, dispatch);
        pass.end();
      });
    }
    this.context.ledger.dispatches += dispatches.length;
  }

  /** Encodes what brings next values into slots that no kernel wrote. */
  encodeCopies(encoder: GPUCommandEncoder): void {
    for (const { from, fromBytes, to, toBytes, bytes } of this.copies) {
      encoder.copyBufferToBuffer(from, fromBytes, to, toBytes, bytes);
    }
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const buffer of this.buffers.values()) this.context.free(buffer);
  }
}

function findBuffer(
  name: string,
  own: ReadonlyMap<string, GPUBuffer>,
  state: GpuState | undefined,
): GPUBuffer {
  const buffer = own.get(name) ?? state?.bufferOf(name);
  if (buffer === undefined) throw new TypeError(`buffer "${name}" must have been made`);
  return buffer;
}

function readyDispatch(
  { name, op, workgroups, bindings }: CompiledDispatch,
  { pipeline, layout }: Pipeline,
  bufferOf: (name: string) => GPUBuffer,
  { gpu }: GpuContext,
): ReadyDispatch {
  const entries = bindings.map(({ buffer, offsetBytes, sizeBytes }, binding) => ({
    binding,
    resource: {
      buffer: bufferOf(buffer),
      offset: offsetBytes,
      ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
    },
  }));
  const bindGroup = gpu.createBindGroup({ layout, entries });
  const x = Math.min(workgroups, gridWidth);
  return { name, op, pipeline, bindGroup, x, y: Math.ceil(workgroups / x) };
}

function encode(pass: GPUComputePassEncoder, { pipeline, bindGroup, x, y }: ReadyDispatch): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(x, y);
}

async function makeBuffers(
  compiled: CompiledProgram,
  context: GpuContext,
  buffers: Map<string, GPUBuffer>,
): Promise<void> {
  const { inputBytes, constantBytes, pageBytes, constants } = compiled;
  const sizes: [string, number][] = pageBytes.map((bytes, page) => [`page ${page}`, bytes]);
  if (inputBytes > 0) sizes.push(["inputs", inputBytes]);
  if (constantBytes > 0) sizes.push(["constants", constantBytes]);
  for (const [name, bytes] of sizes) {
    buffers.set(name, await context.buffer(name, bytes, storageUsage));
  }
  for (const { address, value } of constants) {
    if (sizeOf(value.shape) === 0) continue;
    const buffer = findBuffer(address.buffer, buffers, undefined);
    upload(context.gpu.queue, buffer, address.offsetBytes, value);
    context.ledger.bytesUp += value.data.byteLength;
  }
}
