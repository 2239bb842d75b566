// Gives a model that was read to TensorFlow.js, and says what its borders are.
import {
  DataError,
  FastGpuError,
  UnsupportedOpError,
  type ModelDType,
  type ModelDimension,
  type ModelPort,
} from "@fastgpu/core";
import type { EngineTensor } from "../engines/tfjs.ts";
import { tfjs } from "../engines/tfjs.ts";
import { engineText } from "../session/engine-error.ts";
import { readModel, type ModelSource } from "./read-model.ts";

/** A loaded model, whatever its format. */
export interface LoadedModel {
  readonly path: string;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Runs once; results in the order of the outputs, to be disposed of by the caller. */
  readonly predict: (inputs: readonly EngineTensor[]) => Promise<EngineTensor[]>;
  readonly dispose: () => void;
}

/**
 * Loads a model for the current engine.
 *
 * @param dimensions - sizes of open dimensions, by the name `<input>.<axis>`
 * @throws {DataError} if the file is no model, or has no such dimension
 * @throws {UnsupportedOpError} for operators that the engine has no kernels for
 */
export async function loadModel(
  path: string,
  dimensions: Readonly<Record<string, number>>,
): Promise<LoadedModel> {
  const source = await readModel(path);
  try {
    const model =
      source.format === "graph-model" ? await graphModel(source) : await layersModel(source);
    const inputs = sized(path, model.inputs, dimensions);
    const found = await tryOperators({ ...model, inputs });
    return { ...model, inputs, outputs: model.outputs.map((port, i) => found[i] ?? port) };
  } catch (error) {
    if (error instanceof FastGpuError) throw error;
    throw refusal(path, error);
  }
}

/**
 * Runs the model once on zeros, since nothing but a run shows that the engine lacks an operator. What else goes wrong may
 * be the fault of the zeros, and is left to the runs that count. The outputs with the dtypes they turn out to have; files
 * need not say those.
 */
async function tryOperators({
  path,
  inputs,
  outputs,
  predict,
}: LoadedModel): Promise<readonly (ModelPort | undefined)[]> {
  const sizes = inputs.map(({ shape }) =>
    shape?.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? 1 : undefined)),
  );
  const isKnown = sizes.every((shape) => shape?.every((size) => size !== undefined) === true);
  if (!isKnown) return [];
  const zeros = inputs.map(({ dtype }, i) => {
    const shape = (sizes[i] ?? []).map((size) => size ?? 1);
    const kind = dtype === "f32" ? "float32" : dtype === "i32" ? "int32" : "bool";
    const zero: EngineTensor = tfjs.zeros(shape, kind);
    return zero;
  });
  let results: EngineTensor[] = [];
  try {
    results = await predict(zeros);
    await results[0]?.data();
    return outputs.map((port, i) => {
      const dtype = dtypeOf(results[i]?.dtype);
      return dtype === undefined ? undefined : { ...port, dtype };
    });
  } catch (error) {
    const refused = refusal(path, error);
    if (refused instanceof UnsupportedOpError) throw refused;
    return [];
  } finally {
    for (const tensor of new Set([...results, ...zeros])) tensor.dispose();
  }
}

/** What TensorFlow.js said of a model, as an error of FastGPU. */
export function refusal(path: string, error: unknown): FastGpuError {
  const line = engineText(error);
  const kernel = /Kernel '(?<name>\w+)' not registered for backend '(?<engine>\w+)'/.exec(line);
  if (kernel?.groups !== undefined) {
    const { name = "", engine = "" } = kernel.groups;
    return new UnsupportedOpError(
      `${path}: operators must be ones the engine has, got ${name}, which ${engine} lacks; take another engine`,
      { cause: error },
    );
  }
  const op = /Unknown op '(?<op>[^']+)'|Unknown layer: (?<layer>\w+)/.exec(line)?.groups;
  const name = op?.["op"] ?? op?.["layer"];
  if (name !== undefined) {
    return new UnsupportedOpError(
      `${path}: operators must be ones TensorFlow.js has, got ${name}`,
      { cause: error },
    );
  }
  return new DataError(`${path}: a model must be valid for TensorFlow.js, got: ${line}`, {
    cause: error,
  });
}

async function graphModel({ path, artifacts }: ModelSource): Promise<LoadedModel> {
  const { loadGraphModel } = await import("@tensorflow/tfjs-converter");
  const model = await loadGraphModel(tfjs.io.fromMemory(artifacts));
  const inputs = model.inputs.map(portOf);
  const outputs = model.outputs.map(portOf);
  const names = model.outputs.map(({ name }) => name);
  return {
    path,
    inputs,
    outputs,
    predict: async (tensors) => {
      const feeds = Object.fromEntries(model.inputs.map(({ name }, i) => [name, tensors[i]]));
      const results = await model.executeAsync(feeds as Record<string, EngineTensor>, names);
      return Array.isArray(results) ? results : [results];
    },
    dispose: () => {
      model.dispose();
    },
  };
}

async function layersModel({ path, artifacts }: ModelSource): Promise<LoadedModel> {
  const { loadLayersModel } = await import("@tensorflow/tfjs-layers");
  const model = await loadLayersModel(tfjs.io.fromMemory(artifacts));
  // A sequential model has no names of its own for them.
  const ports = (
    symbols: typeof model.inputs,
    names: readonly (string | undefined)[],
  ): ModelPort[] =>
    symbols.map(({ name, shape, dtype }, i) =>
      portOf({ name: names[i] ?? name, dtype, shape: shape.map((size) => size ?? -1) }),
    );
  return {
    path,
    inputs: ports(model.inputs, model.inputNames),
    outputs: ports(model.outputs, model.outputNames),
    predict: (tensors) => {
      const results = tfjs.tidy<EngineTensor | EngineTensor[]>(() => model.predict([...tensors]));
      return Promise.resolve(Array.isArray(results) ? results : [results]);
    },
    dispose: () => {
      model.dispose();
    },
  };
}

/** A port of the format; -1 stands for a size that is left open, and a dtype that is not given for float32. */
function portOf(info: {
  name: string;
  dtype?: string | undefined;
  shape?: number[] | undefined;
}): ModelPort {
  const name = info.name.replace(/:0$/, "");
  const dtype = dtypeOf(info.dtype ?? "float32");
  if (dtype === undefined) {
    throw new UnsupportedOpError(
      `model: "${name}" must be float32, int32 or bool, got ${info.dtype ?? "none"}`,
    );
  }
  if (info.shape === undefined) return { name, dtype };
  const shape = info.shape.map((size, axis): ModelDimension =>
    size < 0 ? `${name}.${axis}` : size,
  );
  return { name, dtype, shape };
}

function sized(
  path: string,
  inputs: readonly ModelPort[],
  dimensions: Readonly<Record<string, number>>,
): readonly ModelPort[] {
  const open = inputs.flatMap(({ shape = [] }) => shape.filter((size) => typeof size === "string"));
  const unknown = Object.keys(dimensions).find((name) => !open.includes(name));
  if (unknown !== undefined) {
    throw new DataError(
      `${path}: dimensions must be open ones of the model (${open.join(", ") || "none"}), got "${unknown}"`,
    );
  }
  return inputs.map((port) =>
    port.shape === undefined
      ? port
      : {
          ...port,
          shape: port.shape.map((size) =>
            typeof size === "string" ? (dimensions[size] ?? size) : size,
          ),
        },
  );
}

function dtypeOf(kind: string | undefined): ModelDType | undefined {
  const dtypes = new Map<string | undefined, ModelDType>([
    ["float32", "f32"],
    ["int32", "i32"],
    ["bool", "bool"],
  ]);
  return dtypes.get(kind);
}
