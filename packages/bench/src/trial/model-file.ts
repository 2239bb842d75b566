// Latency and throughput of a model file of the user, with inputs from files or seeded numbers of its declared shapes.
import {
  DataError,
  generatedShapes,
  toNumbers,
  UnsupportedOpError,
  type HostTensor,
  type ModelPort,
  type ModelTensor,
  type ModelTensorMap,
} from "@fastgpu/core";
import type { CorrectnessCheck, Measurements } from "@fastgpu/results";
import type { RemoteDevice } from "@fastgpu/runtime";
import { openModelOn, type OpenedModel } from "../jobs/open-model.ts";
import type { PortFile } from "../suite/suite-file.ts";
import type { Workload } from "../suite/suite.ts";
import { checkFinite, compareWith } from "./compare.ts";
import { measureSubject } from "./measure.ts";
import { isGraphDtype, randomModelTensor } from "./random-tensor.ts";
import { readPortFile } from "./port-file.ts";
import { toleranceRatio } from "./tolerance.ts";
import { withDevice, type TrialScope } from "./trial.ts";

/** A workload of a model file. */
export type ModelFileWorkload = Workload & { readonly kind: "model" };

/** Measures a model file. */
export async function runModelFile(scope: TrialScope<ModelFileWorkload>): Promise<Measurements> {
  const { workload, trial, precision } = scope;
  if (precision !== "f32") {
    throw new UnsupportedOpError(
      `model file: precision must be that of the file, got ${precision}; leave --precision out`,
    );
  }
  const open = await withDevice(scope);
  scope.enter("load");
  const { model, inputs, expected } = await openModelFile(
    open.device,
    workload,
    trial.modelPath ?? "",
    trial.config.seed,
  );
  return measureSubject(open, {
    target: { kind: "model-file" },
    compileNs: model.durationNs,
    firstInputs: inputs,
    inputs: [inputs],
    fetch: model.outputs.map(({ name }) => name),
    samplesPerIteration: trial.config.batchSize,
    check: (outputs) => Promise.resolve(checkOutputs(outputs, expected)),
  });
}

/** A model file that is open on a device, with what it is to be run on. */
export interface OpenModelFile {
  readonly model: OpenedModel;
  readonly inputs: ModelTensorMap;
  /** The outputs that the suite gives; may be empty. */
  readonly expected: ModelTensorMap;
}

/**
 * Opens the file of a workload and makes its inputs.
 *
 * @throws {DataError} if the file, or a file with inputs or outputs, is not what it must be
 */
export async function openModelFile(
  device: RemoteDevice,
  workload: ModelFileWorkload,
  path: string,
  seed: number,
): Promise<OpenModelFile> {
  const model = await openModelOn(device, { path, dimensions: workload.dimensions ?? {} });
  const inputs = await makeInputs(workload, model, seed);
  const expected = await readOutputs(workload, model.outputs);
  return { model, inputs, expected };
}

async function makeInputs(
  workload: ModelFileWorkload,
  { inputs: ports }: OpenedModel,
  seed: number,
): Promise<ModelTensorMap> {
  const wishes = workload.inputs ?? {};
  requireKnown(workload, "input", Object.keys(wishes), ports);
  const files = await Promise.all(
    ports.map(async (port): Promise<ModelTensor | undefined> => {
      const file = wishes[port.name]?.file;
      return file === undefined ? undefined : readPortFile(file, port);
    }),
  );
  // Ports with data or a shape of their own must not hold up those whose shape follows from the file.
  const open = ports.filter(
    (port, i) => files[i] === undefined && wishes[port.name]?.shape === undefined,
  );
  const shapes = new Map(generatedShapes(open).map((shape, i) => [open[i]?.name ?? "", shape]));
  const entries = ports.map((port, i): readonly [string, ModelTensor] => {
    const wish = wishes[port.name] ?? {};
    const shape = wish.shape ?? shapes.get(port.name) ?? [];
    const made =
      files[i] ?? randomModelTensor({ dtype: port.dtype, shape }, seed + i, rangeOf(wish));
    return [port.name, made];
  });
  return Object.fromEntries(entries);
}

/** One value everywhere is a range of width 0. */
function rangeOf({ fill, low, high }: PortFile): { low?: number; high?: number } {
  if (fill !== undefined) return { low: fill, high: fill };
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

async function readOutputs(
  workload: ModelFileWorkload,
  ports: readonly ModelPort[],
): Promise<ModelTensorMap> {
  const files = workload.outputs ?? {};
  requireKnown(workload, "output", Object.keys(files), ports);
  const entries = ports.flatMap((port) => {
    const file = files[port.name];
    return file === undefined ? [] : [{ port, file }];
  });
  const read = entries.map(
    async ({ port, file }) => [port.name, await readPortFile(file, port)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

function requireKnown(
  { where }: ModelFileWorkload,
  kind: "input" | "output",
  names: readonly string[],
  ports: readonly ModelPort[],
): void {
  const known = ports.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new DataError(
    `${where}: ${kind}s must be those of the file (${known.join(", ")}), got "${unknown}"`,
  );
}

function checkOutputs(outputs: ModelTensorMap, expected: ModelTensorMap): CorrectnessCheck {
  const comparisons = Object.entries(expected).map(([name, wanted]) => {
    const found = outputs[name];
    return {
      name,
      expected: numbersOf(wanted),
      actual: found === undefined ? [] : numbersOf(found),
    };
  });
  if (comparisons.length === 0) {
    const all = Object.values(outputs).map(numbersOf);
    return checkFinite("outputs themselves: the suite gives no expected ones", all);
  }
  const words = { kind: "expected-outputs", reference: "expected outputs of the suite" } as const;
  return compareWith(words, comparisons, toleranceRatio.f32);
}

/** Numbers of any element type; text counts as its length, which is finite. */
function numbersOf({ dtype, shape, data }: ModelTensor): Float64Array {
  if (isGraphDtype(dtype)) return toNumbers({ dtype, shape, data } as HostTensor);
  return Float64Array.from(data as ArrayLike<bigint | number | string>, (value) =>
    typeof value === "string" ? value.length : Number(value),
  );
}
