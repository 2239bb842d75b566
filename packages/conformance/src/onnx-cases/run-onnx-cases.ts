// Runs official ONNX backend cases through a backend's own way of opening model files.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import {
  generatedShapes,
  sizeOf,
  UnsupportedOpError,
  type Device,
  type ModelExecutable,
  type ModelPort,
  type ModelTensor,
  type ModelTensorMap,
} from "@fastgpu/core";
import { agreedExactly, type CaseResult, type ConformanceCase } from "../case.ts";
import { runCases, type ConformanceOptions, type ConformanceReport } from "../run-conformance.ts";
import { compareValues } from "./compare-values.ts";
import { findOnnxCases, type DataSet, type OnnxCase } from "./find-cases.ts";
import { readTensorProto } from "./tensor-proto.ts";

/** The part of a device that these cases use. */
export type ModelOpener = Pick<Device, "openModel">;

/**
 * Runs the cases below a folder on a device.
 *
 * @throws {DataError} if the folder cannot be read or holds no case
 * @throws {UsageError} if a skip names a case that is not there
 */
export async function runOnnxCases(
  device: ModelOpener,
  folder: string,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const cases = await findOnnxCases(folder);
  const runnable = cases.map((entry): ConformanceCase => ({
    name: entry.name,
    run: () => runOnnxCase(device, entry),
  }));
  // These cases take the opener from here; the suite's own cases need all of the device.
  return runCases(device as Device, runnable, options);
}

async function runOnnxCase(
  device: ModelOpener,
  { model, dataSets }: OnnxCase,
): Promise<CaseResult> {
  if (device.openModel === undefined) {
    throw new UnsupportedOpError(
      "onnx case: the device must open model files, got one that cannot",
    );
  }
  const executable = await device.openModel(model);
  try {
    for (const dataSet of dataSets) await runDataSet(executable, dataSet);
  } finally {
    await executable.dispose();
  }
  return agreedExactly;
}

async function runDataSet(executable: ModelExecutable, dataSet: DataSet): Promise<void> {
  const inputs = await inputsOf(executable.inputs, dataSet);
  const results = await executable.run(inputs);
  for (const [i, file] of dataSet.outputs.entries()) {
    const stored = readTensorProto(basename(file), await readFile(file));
    const { value } = stored;
    const name = portName(executable.outputs, stored.name, i);
    compareValues(`output ${i} "${name}"`, results[name], value);
  }
}

async function inputsOf(
  ports: readonly ModelPort[],
  { inputs: files }: DataSet,
): Promise<ModelTensorMap> {
  const feeds: Record<string, ModelTensor> = {};
  if (files === undefined) {
    const shapes = generatedShapes(ports);
    for (const [i, { name }] of ports.entries()) feeds[name] = rampInput(shapes[i] ?? []);
    return feeds;
  }
  for (const [i, file] of files.entries()) {
    const { name, value } = readTensorProto(basename(file), await readFile(file));
    feeds[portName(ports, name, i)] = value;
  }
  return feeds;
}

/** The port that a file is for: the one of the name it stores, or the one at its position. */
function portName(ports: readonly ModelPort[], stored: string, position: number): string {
  return ports.some(({ name }) => name === stored) ? stored : (ports[position]?.name ?? stored);
}

/** The input that the official runner makes for models without stored ones: element i of n is i / n. */
function rampInput(shape: readonly number[]): ModelTensor {
  const length = sizeOf(shape);
  return { dtype: "f32", shape, data: Float32Array.from({ length }, (_, i) => i / length) };
}
