// Does training leak? Trains the digits model for 10,000 steps and prints, after every 1,000, the tensors and bytes the
// device holds and the resident memory of its process and of this one. Exits 1 if anything grew.
//
//     node bench/leak.mjs [steps] [threads]
import { DevicePool, openTraining } from "@fastgpu/runtime";
import { loadMnist, permutation } from "@fastgpu/data";

const steps = Number(process.argv[2] ?? 10_000);
const threads = Number(process.argv[3] ?? 1);
const batchSize = 128;
const reports = 10;
/** Pages that an allocator keeps for later are no leak; a tensor of every step would be 50 times this. */
const tolerance = 0.02;

const model = {
  name: "digits",
  layers: [
    { name: "input", kind: "input", config: { shape: [784] }, inputs: [] },
    {
      name: "hidden",
      kind: "dense",
      config: { units: 128, activation: "sigmoid" },
      inputs: ["input"],
    },
    {
      name: "output",
      kind: "dense",
      config: { units: 10, activation: "softmax" },
      inputs: ["hidden"],
    },
  ],
  inputs: ["input"],
  outputs: ["output"],
};

const { train, validation } = await loadMnist({ labels: "oneHot" });
const pool = new DevicePool();
const device = await pool.openDevice({ backend: "onnx", device: "default", options: { threads } });
const training = await openTraining(device, {
  model,
  objective: { loss: "categoricalCrossentropy", metrics: ["accuracy"], optimizer: "adam" },
  batchSize,
  data: { train: train.toTensors(), validation: validation.toTensors() },
});

const stepsPerEpoch = Math.ceil(train.size / batchSize);
const seen = [];
let done = 0;
console.log("   steps  live tensors   live MiB  engine RSS MiB  this RSS MiB");
for (let epoch = 1; done < steps; epoch++) {
  await training.epoch(permutation(train.size, 0, epoch));
  await training.evaluate("validation");
  done += stepsPerEpoch;
  if (done < ((seen.length + 1) * steps) / reports) continue;
  const { liveTensors, liveBytes } = await device.refreshCounters();
  const { rssBytes } = await device.memory();
  globalThis.gc?.();
  const row = { done, liveTensors, liveBytes, rssBytes, ownBytes: process.memoryUsage.rss() };
  seen.push(row);
  const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(2);
  const cells = [
    String(done).padStart(8),
    String(liveTensors).padStart(12),
    mebibytes(liveBytes).padStart(9),
    mebibytes(rssBytes).padStart(14),
    mebibytes(row.ownBytes).padStart(12),
  ];
  console.log(cells.join("  "));
}
await training.dispose();
const after = await device.refreshCounters();
await pool.close();

// The first fifth is warm-up: compilers and allocators settle.
const settled = seen.slice(Math.floor(seen.length / 5));
const [first, last] = [settled[0], settled.at(-1)];
const growth = last.rssBytes / first.rssBytes - 1;
const isFlat = settled.every((row) => row.liveTensors === first.liveTensors);
console.log(`live tensors ${isFlat ? "flat" : "NOT FLAT"}; after dispose: ${after.liveTensors}`);
console.log(
  `engine RSS from step ${first.done} to ${last.done}: ${(100 * growth).toFixed(2)} % (limit ${100 * tolerance} %)`,
);
process.exitCode = isFlat && growth <= tolerance && after.liveTensors === 0 ? 0 : 1;
