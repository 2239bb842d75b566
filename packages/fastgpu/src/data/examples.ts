// Matches a data set, or loose inputs and targets, with the ports of a model.
import { DataError, type HostTensor, type TensorMap } from "@fastgpu/core";
import { Dataset } from "@fastgpu/data";
import type { ModelPortInfo, Ports } from "../ports.ts";
import { isTensor, toTensor, type TensorLike } from "./to-tensor.ts";

/** A value for the only port, or one for each by layer name. */
export type PerPort = TensorLike | Readonly<Record<string, TensorLike>>;

/** Rows to train on or to judge by: a data set, or inputs and targets by themselves. */
export type Examples = Dataset | { readonly x: PerPort; readonly y: PerPort };

/** Rows to predict for. A data set's targets are not looked at. */
export type Inputs = Dataset | PerPort;

/**
 * Examples as the tensors of a training program.
 *
 * @param where - what is done, for messages: `fit`
 * @throws {DataError} naming the input or output layer, if something is missing or does not fit
 */
export function examplesToTensors(where: string, examples: Examples, ports: Ports): TensorMap {
  const { x, y } = partsOf(where, examples);
  const tensors = { ...match(where, "x", x, ports.inputs), ...match(where, "y", y, ports.targets) };
  checkRows(where, tensors);
  return tensors;
}

/** Inputs as the tensors of a prediction program. @throws {DataError} as `examplesToTensors` */
export function inputsToTensors(
  where: string,
  inputs: Inputs,
  ports: readonly ModelPortInfo[],
): TensorMap {
  const given = inputs instanceof Dataset ? onlyOrAll(inputs.inputs) : inputs;
  const tensors = match(where, "x", given, ports);
  checkRows(where, tensors);
  return tensors;
}

function partsOf(where: string, examples: Examples): { x: PerPort; y: PerPort } {
  if (examples instanceof Dataset) {
    if (Object.keys(examples.targets).length === 0) {
      throw new DataError(`${where}: the data set must have targets, got none; name its label`);
    }
    return { x: onlyOrAll(examples.inputs), y: onlyOrAll(examples.targets) };
  }
  const given: unknown = examples;
  if (typeof given === "object" && given !== null && "x" in given && "y" in given) return examples;
  throw new DataError(`${where}: data must be a Dataset or { x, y }, got ${describe(given)}`);
}

/** With one tensor its name does not matter. */
function onlyOrAll(tensors: TensorMap): PerPort {
  const values = Object.values(tensors);
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : tensors;
}

function match(
  where: string,
  side: "x" | "y",
  given: PerPort,
  ports: readonly ModelPortInfo[],
): Readonly<Record<string, HostTensor>> {
  const what = side === "x" ? "input" : "output";
  const [first, ...others] = ports;
  if (isSingle(given)) {
    if (first === undefined || others.length > 0) {
      const names = ports.map(({ layer }) => layer).join(", ");
      throw new DataError(
        `${where}: ${side} must have a tensor for each ${what} layer (${names}), got one without a name`,
      );
    }
    return {
      [first.port]: toTensor(`${where}: ${side} of ${what} layer "${first.layer}"`, given, first),
    };
  }
  checkNames(where, side, Object.keys(given), ports);
  return Object.fromEntries(
    ports.map((port) => {
      const value = given[port.layer] ?? Object.values(given)[0] ?? [];
      const label = `${where}: ${side} of ${what} layer "${port.layer}"`;
      return [port.port, toTensor(label, value, port)] as const;
    }),
  );
}

function checkNames(
  where: string,
  side: "x" | "y",
  names: readonly string[],
  ports: readonly ModelPortInfo[],
): void {
  const layers = ports.map(({ layer }) => layer);
  // A single tensor needs no name, so any name will do.
  if (layers.length === 1 && names.length === 1) return;
  const wrong = [
    ...layers.filter((layer) => !names.includes(layer)).map((name) => `no "${name}"`),
    ...names.filter((name) => !layers.includes(name)).map((name) => `"${name}"`),
  ];
  if (wrong.length === 0) return;
  throw new DataError(
    `${where}: ${side} must have tensors by the names ${layers.join(", ")}, got ${wrong.join(", ")}`,
  );
}

function isSingle(given: unknown): given is TensorLike {
  return (
    Array.isArray(given) ||
    ArrayBuffer.isView(given) ||
    typeof given !== "object" ||
    given === null ||
    isTensor(given)
  );
}

function checkRows(where: string, tensors: Readonly<Record<string, HostTensor>>): void {
  const entries = Object.entries(tensors);
  const rows = entries[0]?.[1].shape[0] ?? 0;
  const other = entries.find(([, value]) => value.shape[0] !== rows);
  if (other !== undefined) {
    throw new DataError(
      `${where}: inputs and targets must have the same number of rows, got ${rows} in "${entries[0]?.[0] ?? ""}" and ${other[1].shape[0] ?? 0} in "${other[0]}"`,
    );
  }
  if (rows === 0) throw new DataError(`${where}: there must be at least one row, got none`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object" || value === null) return String(value);
  const names = Object.keys(value).slice(0, 5).join(", ");
  return `an object with ${names === "" ? "nothing" : names}`;
}
