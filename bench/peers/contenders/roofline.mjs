// The best rate that the engine reaches on a matrix product, 1024^3 in f32: what every other figure is a share of.
// Prints the time of one product as `stepNs`, so that the runner treats it like the others.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { report, timeRuns } from "../lib/contender.mjs";
import { GraphWriter } from "../lib/onnx.mjs";
import { symmetric } from "../lib/random.mjs";

const SIZE = 1024;
const [, threads, seconds] = process.argv.slice(2).map(Number);
const graph = new GraphWriter();
graph.input("a", [SIZE, SIZE]);
graph.input("b", [SIZE, SIZE]);
graph.op("MatMul", ["a", "b"], {}, { name: "c" });
graph.declareOutput("c", [SIZE, SIZE]);
const session = await InferenceSession.create(graph.bytes(), {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
});
const matrix = (seed) => new Tensor("float32", symmetric(seed, SIZE * SIZE, 1), [SIZE, SIZE]);
const feeds = { a: matrix(1), b: matrix(2) };
const fetches = { c: matrix(3) };
report({
  losses: [],
  ...(await timeRuns(() => session.run(feeds, fetches), 1, seconds)),
  flops: 2 * SIZE ** 3,
});
