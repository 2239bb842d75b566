// Writes model.onnx: a chain of matrix products with relu, so that more layers are more work. The weights are numbers of
// a formula; what the model computes does not matter here.
//
//     node make-model.mjs <layers> [file=model.onnx]
import { writeFileSync } from "node:fs";

const [layers = "8", file = "model.onnx"] = process.argv.slice(2);
const [rows, width] = [64, 256];

// Protocol buffers as in onnx.proto: a field is a tag (number and wire type) and its value.
const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
};
const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, value) => {
  const content = Buffer.isBuffer(value) ? value : Buffer.from(value);
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
};
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

const float = 1;
const port = (field, name) => {
  const sizes = [rows, width].map((size) => message(1, number(1, size)));
  const type = message(2, message(1, number(1, float), message(2, ...sizes)));
  return message(field, bytes(1, name), type);
};
const node = (kind, inputs, output) =>
  message(1, ...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, kind));
const weight = (layer) => {
  const values = Float32Array.from(
    { length: width * width },
    (_, i) => Math.sin(i * (layer + 1)) / 16,
  );
  return message(
    5,
    ...[width, width].map((size) => number(1, size)),
    number(2, float),
    bytes(8, `w${layer}`),
    bytes(9, Buffer.from(values.buffer)),
  );
};

const count = Number(layers);
const chain = Array.from({ length: count }, (_, i) => [
  node("MatMul", [i === 0 ? "x" : `y${i - 1}`, `w${i}`], `m${i}`),
  node("Relu", [`m${i}`], i === count - 1 ? "y" : `y${i}`),
]);
const weights = Array.from({ length: count }, (_, i) => weight(i));
const graph = [...chain.flat(), bytes(2, "chain"), ...weights, port(11, "x"), port(12, "y")];
const opset = message(8, bytes(1, ""), number(2, 17));
writeFileSync(file, Buffer.concat([number(1, 8), message(7, ...graph), opset]));
