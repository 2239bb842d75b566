// The declared inputs and outputs of a model file as ports, with sizes put in for symbolic dimensions.
import {
  DataError,
  UnsupportedOpError,
  type ModelDimension,
  type ModelDType,
  type ModelPort,
} from "@fastgpu/core";
import { portTypeOf } from "../model/element-type.ts";
import { TensorProto_DataType, type GraphProto, type ValueInfoProto } from "../proto/onnx.ts";

/** Largest size of a dimension that a tensor in host memory can have. */
const SIZE_LIMIT = 2 ** 31 - 1;

/** What a file declares at its border. */
export interface DeclaredPorts {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Sizes by the names that stand in the file, for the engine. */
  readonly overrides: Readonly<Record<string, number>>;
}

/**
 * Ports of a graph; inputs that have a constant as default are none.
 *
 * @param sizes - of symbolic dimensions, by name
 * @throws {DataError} if a declared size is impossible or `sizes` names no symbolic dimension
 * @throws {UnsupportedOpError} if a port is no tensor of an element type that Node's binding can carry
 */
export function declaredPorts(
  path: string,
  graph: GraphProto,
  sizes: Readonly<Record<string, number>>,
): DeclaredPorts {
  const constants = new Set(graph.initializer.map((tensor) => tensor.name));
  const fed = graph.input.filter((input) => !constants.has(input.name));
  const declared = {
    inputs: fed.map((input) => portOf(path, "input", input)),
    outputs: graph.output.map((output) => portOf(path, "output", output)),
  };
  const symbols = new Set(
    [...declared.inputs, ...declared.outputs].flatMap(({ shape = [] }) =>
      shape.filter((size) => typeof size === "string"),
    ),
  );
  for (const [name, size] of Object.entries(sizes)) {
    if (!symbols.has(name)) {
      const known = [...symbols].map((symbol) => `"${symbol}"`).join(", ") || "none";
      throw new DataError(
        `${path}: sizes must be given for its symbolic dimensions (${known}), got "${name}"`,
      );
    }
    checkSize(`${path}: dimension "${name}"`, size);
  }
  const put = (port: ModelPort): ModelPort =>
    port.shape === undefined
      ? port
      : { ...port, shape: port.shape.map((size) => sizes[size] ?? size) };
  return {
    inputs: declared.inputs.map(put),
    outputs: declared.outputs.map(put),
    overrides: namedSizes(graph, sizes),
  };
}

function portOf(path: string, role: string, { name, type }: ValueInfoProto): ModelPort {
  checkName(path, role, name);
  const value = type?.value;
  if (value?.case !== "tensorType") {
    throw new UnsupportedOpError(
      `${path}: ${role}s must be tensors, got ${value?.case?.replace("Type", "") ?? "no type"} for "${name}"`,
    );
  }
  const dtype = dtypeOf(path, role, name, value.value.elemType);
  const dimensions = value.value.shape?.dim;
  if (dimensions === undefined) return { name, dtype };
  const shape = dimensions.map(({ value: size }, axis): ModelDimension => {
    if (size.case === "dimParam" && size.value !== "") {
      checkName(path, "dimension", size.value);
      return size.value;
    }
    // Some exporters write -1 for a size they do not know.
    if (size.case !== "dimValue" || size.value < 0n) return `${name}.${axis}`;
    const number = Number(size.value);
    checkSize(`${path}: dimension ${axis} of ${role} "${name}"`, number);
    return number;
  });
  return { name, dtype, shape };
}

/** Names get into messages and onto terminals. */
function checkName(path: string, role: string, name: string): void {
  if (!/\p{Cc}/u.test(name)) return;
  throw new DataError(
    `${path}: names must be without control characters, got ${role} ${JSON.stringify(name)}`,
  );
}

function dtypeOf(path: string, role: string, name: string, code: number): ModelDType {
  const dtype = portTypeOf(code);
  if (dtype !== undefined) return dtype;
  const found = TensorProto_DataType[code] ?? `element type ${code}`;
  throw new UnsupportedOpError(
    `${path}: ${role} "${name}" must be of an element type that JavaScript can hold, got ${found}`,
  );
}

function checkSize(where: string, size: number): void {
  if (Number.isInteger(size) && size >= 0 && size <= SIZE_LIMIT) return;
  throw new DataError(`${where} must be an integer from 0 to ${SIZE_LIMIT}, got ${size}`);
}

/** The engine knows dimensions only by names that stand in the file. */
function namedSizes(
  graph: GraphProto,
  sizes: Readonly<Record<string, number>>,
): Record<string, number> {
  const named: Record<string, number> = {};
  for (const { type } of graph.input) {
    if (type?.value.case !== "tensorType") continue;
    for (const { value } of type.value.value.shape?.dim ?? []) {
      const size = value.case === "dimParam" ? sizes[value.value] : undefined;
      if (value.case === "dimParam" && size !== undefined) named[value.value] = size;
    }
  }
  return named;
}
