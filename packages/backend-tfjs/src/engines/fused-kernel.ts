// Registers the kernel for fused programs with an engine of TensorFlow.js.
import { fusedFunction, type Elements } from "../fuse/javascript.ts";
import { FUSED_KERNEL, type FusedProgram } from "../fuse/fused-program.ts";
import { wgslOf } from "../fuse/wgsl.ts";
import { sizeOf } from "@fastgpu/core";
import type { KernelDType } from "../tape/kernel-type.ts";
import { tfjs } from "./tfjs.ts";

interface TensorInfo {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: KernelDType;
}

interface CpuBackend {
  readonly data: { get(dataId: object): { readonly values: Elements } };
  makeTensorInfo(shape: readonly number[], dtype: KernelDType, values: Elements): TensorInfo;
}

interface WasmBackend {
  makeOutput(shape: readonly number[], dtype: KernelDType): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Elements;
}

interface WebgpuBackend {
  runWebGPUProgram(program: object, inputs: readonly TensorInfo[], dtype: KernelDType): TensorInfo;
}

type Run = (program: FusedProgram, inputs: readonly TensorInfo[], backend: unknown) => TensorInfo[];

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

const onCpu: Run = (program, inputs, given) => {
  const backend = given as CpuBackend;
  const operands = inputs.map(({ dataId }) => backend.data.get(dataId).values);
  const results = program.outputs.map((at) => {
    return new arrays[program.steps[at]?.dtype ?? "float32"](sizeOf(program.shape));
  });
  fusedFunction(program)(operands, results);
  return results.map((values, i) => {
    const dtype = program.steps[program.outputs[i] ?? 0]?.dtype ?? "float32";
    return backend.makeTensorInfo(program.shape, dtype, values);
  });
};

const onWasm: Run = (program, inputs, given) => {
  const backend = given as WasmBackend;
  // All memory first: the heap may move when it grows.
  const results = program.outputs.map((at) =>
    backend.makeOutput([...program.shape], program.steps[at]?.dtype ?? "float32"),
  );
  const view = (info: TensorInfo): Elements => backend.typedArrayFromHeap(info);
  fusedFunction(program)(inputs.map(view), results.map(view));
  return results;
};

const onWebgpu: Run = (program, inputs, given) =>
  program.outputs.map((at) => {
    const { operands, names, code } = wgslOf(program, at);
    const shader = {
      variableNames: [...names],
      outputShape: [...program.shape],
      workgroupSize: [64, 1, 1],
      dispatchLayout: { x: program.shape.map((_, axis) => axis) },
      dispatch: [Math.ceil(sizeOf(program.shape) / 64), 1, 1],
      size: true,
      shaderKey: `fastgpu_${code}`,
      getUserCode: () => code,
    };
    const read = operands.flatMap((place) => inputs[place] ?? []);
    const dtype = program.steps[at]?.dtype ?? "float32";
    return (given as WebgpuBackend).runWebGPUProgram(shader, read, dtype);
  });

const runs: Readonly<Record<"cpu" | "wasm" | "webgpu", Run>> = {
  cpu: onCpu,
  wasm: onWasm,
  webgpu: onWebgpu,
};

/** Registers the kernel; once per engine and process. */
export function registerFusedKernel(backendName: keyof typeof runs): void {
  const run = runs[backendName];
  tfjs.registerKernel({
    kernelName: FUSED_KERNEL,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const list = inputs as unknown as readonly TensorInfo[];
      const { program } = attrs as unknown as { readonly program: FusedProgram };
      return run(program, list, backend);
    },
  });
}
