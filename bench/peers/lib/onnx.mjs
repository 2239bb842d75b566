// A small ONNX model writer: enough protobuf to build a graph by hand and hand its bytes to ONNX Runtime.
// The field numbers are those of the published onnx.proto.

const textEncoder = new TextEncoder();

/** ONNX element types used here. */
export const FLOAT = 1;
export const INT64 = 7;

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

const intField = (field, value) => [varint(field << 3), varint(value)];
const bytesField = (field, bytes) => [varint((field << 3) | 2), varint(bytes.length), bytes];
const textField = (field, text) => bytesField(field, textEncoder.encode(text));
const messageField = (field, parts) => bytesField(field, join(parts));

function floatBytes(value) {
  return new Uint8Array(Float32Array.of(value).buffer);
}

function join(parts) {
  const flat = parts.flat(Infinity);
  let size = 0;
  for (const part of flat) size += part.length;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of flat) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function attribute(name, value) {
  const head = textField(1, name);
  if (typeof value === "number") return [head, intField(3, value), intField(20, 2)];
  if (typeof value === "string") return [head, textField(4, value), intField(20, 3)];
  if (Array.isArray(value))
    return [head, value.map((entry) => intField(8, entry)), intField(20, 7)];
  return [head, varint((2 << 3) | 5), floatBytes(value.float), intField(20, 1)];
}

function valueInfo(name, type, dims) {
  const shape = dims.map((dim) => messageField(1, intField(1, dim)));
  return [
    textField(1, name),
    messageField(2, messageField(1, [intField(1, type), messageField(2, shape)])),
  ];
}

/** Builds one ONNX graph; tensors are named by strings. */
export class GraphWriter {
  #nodes = [];
  #constants = [];
  #inputs = [];
  #outputs = [];
  #domains = new Map([["", 21]]);
  #known = new Map();
  #count = 0;

  /** Number of nodes so far. */
  get size() {
    return this.#nodes.length;
  }

  /** Declares a graph input and returns its name. */
  input(name, dims, type = FLOAT) {
    this.#inputs.push(messageField(11, valueInfo(name, type, dims)));
    return name;
  }

  /** Makes `tensor` a graph output called `name`. */
  output(name, tensor, dims, type = FLOAT) {
    this.#nodes.push(this.#node("Identity", [tensor], [name], {}));
    this.#outputs.push(messageField(12, valueInfo(name, type, dims)));
  }

  /** Declares an output whose node already writes to `name`. */
  declareOutput(name, dims, type = FLOAT) {
    this.#outputs.push(messageField(12, valueInfo(name, type, dims)));
  }

  /** A float constant: a number, or a flat list with its dims. */
  constant(values, dims = []) {
    const data = Float32Array.from(typeof values === "number" ? [values] : values);
    return this.#initializer(FLOAT, dims, data);
  }

  /** A one-dimensional int64 constant. */
  ints(values) {
    return this.#initializer(INT64, [values.length], BigInt64Array.from(values.map(BigInt)));
  }

  /**
   * Adds a node. Attributes: numbers are ints, strings are text, lists are ints, {float: x} is a float.
   * `options.outputs` is the number of outputs (a list comes back when it is above 1), `options.name` names the
   * only output, `options.domain` the operator's domain.
   */
  op(type, inputs, attributes = {}, options = {}) {
    const total = options.outputs ?? 1;
    const outputs =
      options.name !== undefined
        ? [options.name]
        : Array.from({ length: total }, () => this.#fresh(type));
    if (options.domain !== undefined) this.#domains.set(options.domain, 1);
    this.#nodes.push(this.#node(type, inputs, outputs, attributes, options.domain));
    return total > 1 ? outputs : outputs[0];
  }

  /** The finished model's bytes. */
  bytes() {
    const opsets = [...this.#domains].map(([domain, version]) =>
      messageField(8, [textField(1, domain), intField(2, version)]),
    );
    const graph = [
      this.#nodes,
      textField(2, "graph"),
      this.#constants,
      this.#inputs,
      this.#outputs,
    ];
    return join([intField(1, 10), messageField(7, graph), opsets]);
  }

  #fresh(type) {
    this.#count += 1;
    return `${type}_${this.#count}`;
  }

  #node(type, inputs, outputs, attributes, domain) {
    const list = Object.entries(attributes).map(([name, value]) =>
      messageField(5, attribute(name, value)),
    );
    const parts = [
      inputs.map((name) => textField(1, name)),
      outputs.map((name) => textField(2, name)),
    ];
    parts.push(textField(4, type), list);
    if (domain !== undefined) parts.push(textField(7, domain));
    return messageField(1, parts);
  }

  #initializer(type, dims, data) {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type}:${dims.join("x")}:${raw.length <= 256 ? raw.join(",") : this.#count}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh("constant");
    const parts = [
      dims.map((dim) => intField(1, dim)),
      intField(2, type),
      textField(8, name),
      bytesField(9, raw),
    ];
    this.#constants.push(messageField(5, parts));
    this.#known.set(key, name);
    return name;
  }
}
