// Writes an ONNX ModelProto node by node: names, attributes and initializers. Knows the format, not the graph.
import { create, toBinary } from "@bufbuild/protobuf";
import { tensorFrom, type Shape, type TensorType } from "@fastgpu/core";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type TensorProto_DataType,
  type TypeProto,
  type ValueInfoProto,
} from "../proto/onnx.ts";
import type { DataflowNode } from "../lower/in-place.ts";
import type { NodeOutline } from "../providers/cpu-nodes.ts";
import { dataTypeOf, type ElementType } from "./element-type.ts";

/** Version of the standard operator set that lowerings are written against (ONNX 1.16, GroupNormalization-21). */
export const OPSET = 21;

/** Version of the file format that belongs to that operator set. */
const IR_VERSION = 10n;

/** Name of a value in the model; the empty name stands for an optional input that is left out. */
export type Edge = string;

/** Attribute of an ONNX node; integral numbers are INT attributes, the others are wrapped by `float`. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** Details of one node. */
export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Operator set other than the standard one, such as `com.microsoft`. */
  readonly domain?: string;
}

/** Marks a number as a FLOAT attribute. */
export function float(value: number): { readonly float: number } {
  return { float: value };
}

/** A model under construction. */
export class ModelWriter {
  private readonly name: string;
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly valueInfo: ValueInfoProto[] = [];
  private readonly constants = new Map<string, Edge>();
  private readonly domains = new Set<string>();
  private counter = 0;
  private scope = "";

  /** @param name - name of the graph, for messages and profiles */
  constructor(name: string) {
    this.name = name;
  }

  /** Nodes added from now on have names that start with this; profiles show it. */
  setScope(scope: string): void {
    this.scope = scope;
  }

  /** Declares a graph input. */
  input(name: Edge, type: TensorType): Edge {
    this.inputs.push(valueInfo(name, type));
    return name;
  }

  /** Declares a graph output; the name must be that of an existing value. */
  output(name: Edge, type: TensorType): void {
    this.outputs.push(valueInfo(name, type));
  }

  /** Adds an empty sequence of f32 tensors and declares it as a graph output. */
  emptySequence(name: Edge): Edge {
    this.append("SequenceEmpty", [], [name], {});
    const elemType = tensorTypeOf({ dtype: "f32", shape: [] });
    const sequence = create(TypeProto_SequenceSchema, { elemType });
    const type = create(TypeProtoSchema, { value: { case: "sequenceType", value: sequence } });
    this.outputs.push(create(ValueInfoProtoSchema, { name, type }));
    return name;
  }

  /** States the type of an inner value, so that readers of the model see shapes. */
  describe(name: Edge, type: TensorType): void {
    this.valueInfo.push(valueInfo(name, type));
  }

  /** A name for a value whose node is added later, by `named`. */
  reserve(): Edge {
    return `v${this.counter++}`;
  }

  /** Adds a node with one output and returns its name. */
  node(type: string, inputs: readonly Edge[], options: NodeOptions = {}): Edge {
    const name = this.reserve();
    this.append(type, inputs, [name], options);
    return name;
  }

  /** Adds a node with several outputs and returns their names. */
  multi(type: string, inputs: readonly Edge[], count: number, options: NodeOptions = {}): Edge[] {
    const names = Array.from({ length: count }, () => this.reserve());
    this.append(type, inputs, names, options);
    return names;
  }

  /** Adds a node whose output has a given name. */
  named(name: Edge, type: string, inputs: readonly Edge[], options: NodeOptions = {}): void {
    this.append(type, inputs, [name], options);
  }

  /** Adds constant numbers; equal small constants share one initializer. */
  constant(type: ElementType, shape: Shape, values: readonly number[]): Edge {
    const key = `${type}[${shape.join()}]${values.map((v) => (Object.is(v, -0) ? "-0" : v)).join()}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.initializer(type, shape, encode(type, values));
    this.constants.set(key, name);
    return name;
  }

  /** Adds a constant scalar. */
  scalar(type: ElementType, value: number): Edge {
    return this.constant(type, [], [value]);
  }

  /** Adds a constant vector of int64: axes, shapes, pads and the like. */
  ints(values: readonly number[]): Edge {
    return this.constant("i64", [values.length], values);
  }

  /** Adds a constant from its little-endian bytes. */
  initializer(type: ElementType, shape: Shape, bytes: Uint8Array): Edge {
    const name = `c${this.counter++}`;
    this.initializers.push(
      create(TensorProtoSchema, {
        name,
        dims: shape.map(BigInt),
        dataType: dataTypeOf[type],
        rawData: bytes,
      }),
    );
    return name;
  }

  /** The finished model as messages. */
  model(): ModelProto {
    const opset = (domain: string, version: number) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) });
    return create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: "fastgpu",
      opsetImport: [opset("", OPSET), ...[...this.domains].map((domain) => opset(domain, 1))],
      graph: create(GraphProtoSchema, {
        name: this.name,
        node: this.nodes,
        initializer: this.initializers,
        input: this.inputs,
        output: this.outputs,
        valueInfo: this.valueInfo,
      }),
    });
  }

  /** Names, kinds and connections of the nodes so far. */
  nodeOutlines(): (NodeOutline & DataflowNode)[] {
    return this.nodes.map(({ name, opType, input, output, attribute }) => ({
      name,
      opType,
      input,
      output,
      attribute,
    }));
  }

  /** The finished model as a file. */
  bytes(): Uint8Array {
    return toBinary(ModelProtoSchema, this.model());
  }

  private append(
    opType: string,
    input: readonly Edge[],
    output: Edge[],
    { attributes = {}, domain = "" }: NodeOptions,
  ): void {
    if (domain !== "") this.domains.add(domain);
    this.nodes.push(
      create(NodeProtoSchema, {
        opType,
        domain,
        name: `${this.scope}#${this.nodes.length}`,
        input: [...input],
        output,
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    );
  }
}

function valueInfo(name: string, type: TensorType): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: tensorTypeOf(type) });
}

function tensorTypeOf({ dtype, shape }: TensorType): TypeProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: { case: "dimValue", value: BigInt(size) },
    }),
  );
  const elemType: TensorProto_DataType = dataTypeOf[dtype];
  const tensorType = create(TypeProto_TensorSchema, {
    elemType,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } });
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === "string") {
    const s = new TextEncoder().encode(value);
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s });
  }
  if ("float" in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** Little-endian bytes of numbers, as `raw_data` wants them. */
function encode(type: ElementType, values: readonly number[]): Uint8Array {
  const width = { f32: 4, f16: 2, f64: 8, i32: 4, i64: 8, i8: 1, u8: 1, u32: 4, u64: 8, bool: 1 }[
    type
  ];
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    writers[type](view, i * width, value);
  });
  return bytes;
}

const writers: { [E in ElementType]: (view: DataView, at: number, value: number) => void } = {
  f32: (view, at, value) => {
    view.setFloat32(at, value, true);
  },
  f16: (view, at, value) => {
    view.setUint16(at, tensorFrom("f16", [], [value]).data[0] ?? 0, true);
  },
  f64: (view, at, value) => {
    view.setFloat64(at, value, true);
  },
  i32: (view, at, value) => {
    view.setInt32(at, value, true);
  },
  i64: (view, at, value) => {
    view.setBigInt64(at, BigInt(value), true);
  },
  i8: (view, at, value) => {
    view.setInt8(at, value);
  },
  u8: (view, at, value) => {
    view.setUint8(at, value);
  },
  u32: (view, at, value) => {
    view.setUint32(at, value, true);
  },
  u64: (view, at, value) => {
    view.setBigUint64(at, BigInt(value), true);
  },
  bool: (view, at, value) => {
    view.setUint8(at, value === 0 ? 0 : 1);
  },
};
