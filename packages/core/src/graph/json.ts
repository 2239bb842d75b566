// Graphs as JSON: a versioned document with constants in base64. Reading treats the document as untrusted.
import { GraphError } from "../errors.ts";
import type { AttrValue } from "../ops/op.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { dtypeBytes, dtypes, viewBytes, type DType } from "./dtype.ts";
import type { Graph, GraphNode, Port, StateSlot } from "./graph.ts";
import { sizeOf } from "./shape.ts";
import { tensor, type HostTensor, type TensorType } from "./tensor.ts";
import { verifyGraph } from "./verify.ts";

/** Version of the document; readers refuse any other. */
export const graphJsonVersion = 1;

/** A number that JSON cannot hold, as an attribute value. */
interface SpecialNumber {
  readonly number: string;
}

/** One node of the document; ids are positions. */
export interface NodeJson {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly scope?: string;
  /** Constants only: the elements, little-endian, row-major, in base64. */
  readonly data?: string;
}

/** A graph as a JSON document. */
export interface GraphJson {
  readonly format: "fastgpu-graph";
  readonly version: typeof graphJsonVersion;
  readonly name: string;
  readonly nodes: readonly NodeJson[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly state: readonly StateSlot[];
}

/** Bounds for documents from elsewhere. */
export interface GraphJsonLimits {
  readonly maxNodes: number;
  /** Of all constants together. */
  readonly maxConstantBytes: number;
}

/** A million nodes and 1 GiB of constants. */
export const defaultGraphJsonLimits: GraphJsonLimits = {
  maxNodes: 1_000_000,
  maxConstantBytes: 2 ** 30,
};

/** The graph as a document that `JSON.stringify` keeps exactly. */
export function graphToJson({ name, nodes, inputs, outputs, state }: Graph): GraphJson {
  return {
    format: "fastgpu-graph",
    version: graphJsonVersion,
    name,
    nodes: nodes.map(nodeToJson),
    inputs,
    outputs,
    state,
  };
}

/**
 * Reads a document, checks its structure and verifies the graph with every type inferred anew.
 *
 * @param document - what `JSON.parse` returned
 * @throws {GraphError} if the document is not a graph, of another version, over a limit, or breaks a rule of
 * `verifyGraph`
 */
export function graphFromJson(
  document: unknown,
  limits: GraphJsonLimits = defaultGraphJsonLimits,
): Graph {
  const json = record(document, "document");
  if (json["format"] !== "fastgpu-graph" || json["version"] !== graphJsonVersion) {
    refuse("document", `format fastgpu-graph, version ${graphJsonVersion}`, [
      json["format"],
      json["version"],
    ]);
  }
  const list = array(json["nodes"], "nodes");
  if (list.length > limits.maxNodes) refuse("nodes", `at most ${limits.maxNodes}`, list.length);
  let constantBytes = 0;
  const reserve = (bytes: number): void => {
    constantBytes += bytes;
    if (constantBytes > limits.maxConstantBytes) {
      refuse("constants", `at most ${limits.maxConstantBytes} bytes`, constantBytes);
    }
  };
  const nodes = list.map((item, id) => nodeFromJson(record(item, `nodes[${id}]`), id, reserve));
  const graph: Graph = {
    name: string(json["name"], "name"),
    nodes,
    inputs: array(json["inputs"], "inputs").map((item, i) => portFromJson(item, `inputs[${i}]`)),
    outputs: array(json["outputs"], "outputs").map((item, i) =>
      portFromJson(item, `outputs[${i}]`),
    ),
    state: array(json["state"], "state").map((item, i) => slotFromJson(item, `state[${i}]`)),
  };
  verifyGraph(graph);
  return graph;
}

function nodeToJson(node: GraphNode): NodeJson {
  const { op, inputs, type, scope } = node;
  const attrs = Object.entries(node.attrs) as [string, AttrValue][];
  return {
    op,
    inputs,
    attrs: Object.fromEntries(attrs.map(([name, value]) => [name, attrToJson(value)])),
    dtype: type.dtype,
    shape: type.shape,
    ...(scope === undefined ? {} : { scope }),
    ...(node.op === "constant" ? { data: encodeBase64(bytesOf(node.value)) } : {}),
  };
}

function nodeFromJson(
  json: Readonly<Record<string, unknown>>,
  id: number,
  reserve: (bytes: number) => void,
): GraphNode {
  const where = `nodes[${id}]`;
  const type = typeFromJson(json, where);
  const attrs = Object.entries(record(json["attrs"], `${where}.attrs`)).map(([name, value]) => [
    name,
    attrFromJson(value, `${where}.attrs.${name}`),
  ]);
  const node = {
    id,
    op: string(json["op"], `${where}.op`),
    inputs: integers(json["inputs"], `${where}.inputs`),
    attrs: Object.fromEntries(attrs) as Readonly<Record<string, AttrValue>>,
    type,
    ...(json["scope"] === undefined ? {} : { scope: string(json["scope"], `${where}.scope`) }),
  };
  if (node.op === "constant") {
    reserve(sizeOf(type.shape) * dtypeBytes[type.dtype]);
    return {
      ...node,
      op: "constant",
      inputs: [],
      attrs: {},
      value: valueFromJson(json, type, where),
    };
  }
  if (node.op === "input" || node.op === "state") {
    const name = string(node.attrs["name"], `${where}.attrs.name`);
    return { ...node, op: node.op, inputs: [], attrs: { name } };
  }
  // Whether the op exists and its attributes suit it is what verifyGraph checks next.
  return node as unknown as GraphNode;
}

function typeFromJson(json: Readonly<Record<string, unknown>>, where: string): TensorType {
  const dtype = dtypes.find((candidate) => candidate === json["dtype"]);
  if (dtype === undefined) return refuse(`${where}.dtype`, dtypes.join(", "), json["dtype"]);
  const shape = integers(json["shape"], `${where}.shape`);
  if (shape.some((size) => size < 0)) refuse(`${where}.shape`, "sizes >= 0", shape);
  return { dtype, shape };
}

function valueFromJson(
  json: Readonly<Record<string, unknown>>,
  { dtype, shape }: TensorType,
  where: string,
): HostTensor {
  const text = string(json["data"], `${where}.data`);
  const bytes = decodeBase64(text);
  const expected = sizeOf(shape) * dtypeBytes[dtype];
  if (bytes.length !== expected) refuse(`${where}.data`, `${expected} bytes`, bytes.length);
  const data = viewBytes(dtype, bytes.buffer, 0, sizeOf(shape));
  if (dtype === "bool" && data.some((value) => value > 1)) refuse(where, "bools of 0 or 1", "more");
  return tensor<DType>(dtype, shape, data);
}

/** Element bytes in memory order; every platform that runs this is little-endian. */
function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function attrToJson(value: AttrValue): unknown {
  if (typeof value === "number") {
    const isPlain = Number.isFinite(value) && !Object.is(value, -0);
    const special: SpecialNumber = { number: Object.is(value, -0) ? "-0" : String(value) };
    return isPlain ? value : special;
  }
  return typeof value === "object" ? value.map((item) => attrToJson(item)) : value;
}

function attrFromJson(value: unknown, where: string): AttrValue {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
    return value;
  }
  if (Array.isArray(value)) {
    // The nesting of lists is checked by the type rule of the op that reads them.
    return value.map((item, i) => attrFromJson(item, `${where}[${i}]`)) as readonly number[];
  }
  const { number: text } = record(value, where);
  const special = ["Infinity", "-Infinity", "NaN", "-0"].find((candidate) => candidate === text);
  return special === undefined ? refuse(where, "a plain value", value) : Number(special);
}

function portFromJson(item: unknown, where: string): Port {
  const json = record(item, where);
  return {
    name: string(json["name"], `${where}.name`),
    node: integer(json["node"], `${where}.node`),
  };
}

function slotFromJson(item: unknown, where: string): StateSlot {
  const { next } = record(item, where);
  const port = portFromJson(item, where);
  return next === undefined ? port : { ...port, next: integer(next, `${where}.next`) };
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(where, "an object", value);
  }
  return value as Readonly<Record<string, unknown>>;
}

function array(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(where, "a list", value);
}

function string(value: unknown, where: string): string {
  return typeof value === "string" ? value : refuse(where, "text", value);
}

function integer(value: unknown, where: string): number {
  return typeof value === "number" && Number.isSafeInteger(value)
    ? value
    : refuse(where, "an integer", value);
}

function integers(value: unknown, where: string): number[] {
  return array(value, where).map((item, i) => integer(item, `${where}[${i}]`));
}

/** Longest excerpt of a bad value in a message. */
const excerptLength = 60;

function refuse(where: string, rule: string, value: unknown): never {
  const text = (JSON.stringify(value) as string | undefined) ?? "nothing";
  throw new GraphError(`graph json: ${where} must be ${rule}, got ${text.slice(0, excerptLength)}`);
}
