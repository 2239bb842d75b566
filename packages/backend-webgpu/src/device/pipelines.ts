// Compute pipelines of a device, compiled in parallel and once per text: kernels of equal shapes share one.
import { createHash } from "node:crypto";
import type { CompiledDispatch } from "../lower/compile.ts";
import { engineError, type GpuContext } from "./gpu-context.ts";

/** Stage flag of compute shaders, GPUShaderStage.COMPUTE. */
const computeStage = 4;

/** A pipeline with the layout of its bindings. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Pipelines by what they are made of. */
export class PipelineCache {
  private readonly context: GpuContext;
  private readonly pipelines = new Map<string, Promise<Pipeline>>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(context: GpuContext) {
    this.context = context;
  }

  /**
   * The pipeline of a dispatch.
   *
   * @throws {FastGpuError} with code ENGINE if the driver refuses it
   */
  get(dispatch: CompiledDispatch): Promise<Pipeline> {
    const access = accessOf(dispatch);
    const key = kernelKey(dispatch);
    const known = this.pipelines.get(key);
    if (known !== undefined) return known;
    const made = this.make(dispatch, access);
    this.pipelines.set(key, made);
    // A failure belongs to those who asked, not to those who ask later.
    made.catch(() => this.pipelines.delete(key));
    return made;
  }

  private async make({ name, wgsl }: CompiledDispatch, access: string): Promise<Pipeline> {
    const { gpu, ledger } = this.context;
    const layout = this.layoutOf(access);
    ledger.pipelinesCompiled++;
    try {
      const module = gpu.createShaderModule({ label: name, code: wgsl });
      const pipeline = await gpu.createComputePipelineAsync({
        label: name,
        layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main" },
      });
      return { pipeline, layout };
    } catch (error) {
      throw engineError(`compiling ${name}`, error);
    }
  }

  private layoutOf(access: string): GPUBindGroupLayout {
    const known = this.layouts.get(access);
    if (known !== undefined) return known;
    const layout = this.context.gpu.createBindGroupLayout({
      entries: Array.from(access, (kind, binding): GPUBindGroupLayoutEntry => ({
        binding,
        visibility: computeStage,
        buffer: { type: kind === "w" ? "storage" : "read-only-storage" },
      })),
    });
    this.layouts.set(access, layout);
    return layout;
  }
}

/** What equal kernels have in common: their text, and how it may use its bindings. */
export function kernelKey(dispatch: CompiledDispatch): string {
  return createHash("sha256")
    .update(`${accessOf(dispatch)}\n${dispatch.wgsl}`)
    .digest("base64");
}

/** One letter per binding: `w` written, `r` read. */
function accessOf({ bindings }: CompiledDispatch): string {
  return bindings.map(({ isWritten }) => (isWritten ? "w" : "r")).join("");
}
