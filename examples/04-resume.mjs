// Stops a training, saves it, and goes on later: the result is that of a training that never stopped, bit for bit.
//
//     node examples/04-resume.mjs
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fg from "fastgpu";

const { train } = await fg.loadMnist();
const folder = await mkdtemp(join(tmpdir(), "fastgpu-resume-"));
const place = { backend: "onnx", threads: 1 };

const straight = await digitsModel();
await straight.fit(train, { epochs: 4, batchSize: 128, verbose: true });

const first = await digitsModel();
await first.fit(train, { epochs: 2, batchSize: 128, verbose: true });
await first.save(folder);
await first.dispose();
console.log("saved:", (await readdir(folder)).join(", "));

// Parameters, the optimizer's memory, the count of steps and epochs: all of it is in the folder.
const second = await fg.loadModel(folder, place);
await second.fit(train, { epochs: 2, batchSize: 128, verbose: true });

const [a, b] = [await straight.readState(), await second.readState()];
const differences = Object.entries(a).reduce(
  (count, [name, { data }]) => count + data.filter((value, i) => value !== b[name].data[i]).length,
  0,
);
console.log(`numbers that differ after 4 epochs and after 2 + 2: ${differences}`);
process.exitCode = differences === 0 ? 0 : 1;

await straight.dispose();
await second.dispose();
await rm(folder, { recursive: true });

async function digitsModel() {
  const model = new fg.Model({ name: "digits" })
    .add(fg.layers.input(784))
    .add(fg.layers.dense(128, { activation: "sigmoid" }))
    .add(fg.layers.dropout(0.2))
    .add(fg.layers.dense(10, { activation: "softmax" }));
  const optimizer = { name: "adam", learningRate: 0.005 };
  await model.compile({ ...place, optimizer, loss: "sparseCategoricalCrossentropy", seed: 7 });
  return model;
}
