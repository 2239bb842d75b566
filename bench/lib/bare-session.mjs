// A process with nothing but the engine: loads a model, feeds it the same tensors again and again, and prints the peak of
// its resident memory. Usage: node bare-session.mjs <model> <feeds> <threads> <iterations>
import { readFileSync } from "node:fs";
import { deserialize } from "node:v8";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [modelPath, feedsPath, threads, iterations] = process.argv.slice(2);
const session = await InferenceSession.create(modelPath, { intraOpNumThreads: Number(threads) });
const saved = deserialize(readFileSync(feedsPath));
const feeds = Object.fromEntries(
  saved.feeds.map(([name, { type, dims, data }]) => [name, new Tensor(type, data, dims)]),
);
for (let i = 0; i < Number(iterations); i++) await session.run(feeds, saved.fetches);
console.log(process.resourceUsage().maxRSS * 1024);
