// How good does the 784-128-10 digits model get? Five seeds, each with its own split, parameters and order of rows:
// 9,000 digits to train on, 1,000 to judge by, 10 epochs, batches of 128, Adam. Prints a table, proves that a seed gives
// the same bits twice, and exits 1 if a bound is missed.
//
//     node bench/digits-accuracy.mjs [seeds]
import * as fg from "fastgpu";

const seeds = Array.from({ length: Number(process.argv[2] ?? 5) }, (_, i) => i + 1);
const epochs = 10;
const batchSize = 128;
const bounds = { trainLoss: 0.1, trainAccuracy: 0.92, validationAccuracy: 0.95 };

/** One model after 10 epochs; the caller disposes of it. */
async function trainedOn({ train, validation }, seed, optimizer) {
  const model = new fg.Model({ name: "digits" })
    .add(fg.layers.input(784))
    .add(fg.layers.dense(128, { activation: "sigmoid" }))
    .add(fg.layers.dense(10, { activation: "softmax" }));
  await model.compile({
    optimizer,
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
    backend: "onnx",
    threads: 1,
    seed,
  });
  const history = await model.fit(train, {
    epochs,
    batchSize,
    validationData: validation,
    verbose: false,
  });
  return { model, history };
}

async function table(title, optimizer) {
  console.log(`\n${title}`);
  console.log(
    "seed  epoch-10 loss  accuracy | after training: loss  accuracy | validation: loss  accuracy | s",
  );
  const rows = [];
  for (const seed of seeds) {
    const data = await fg.loadMnist({ seed });
    const { model, history } = await trainedOn(data, seed, optimizer);
    const after = await model.evaluate(data.train);
    const judged = await model.evaluate(data.validation);
    await model.dispose();
    const row = [
      history.last.loss,
      history.last.accuracy,
      after.loss,
      after.accuracy,
      judged.loss,
      judged.accuracy,
      history.durationNs / 1e9,
    ];
    rows.push(row);
    console.log(line(seed, row));
  }
  const mean = rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
  console.log(line("mean", mean));
  return rows;
}

function line(name, [loss, accuracy, trainLoss, trainAccuracy, valLoss, valAccuracy, seconds]) {
  return [
    String(name).padEnd(4),
    loss.toFixed(4).padStart(14),
    accuracy.toFixed(4).padStart(9),
    "|",
    trainLoss.toFixed(4).padStart(20),
    trainAccuracy.toFixed(4).padStart(9),
    "|",
    valLoss.toFixed(4).padStart(16),
    valAccuracy.toFixed(4).padStart(9),
    "|",
    seconds.toFixed(2),
  ].join(" ");
}

async function sameBits(optimizer) {
  const data = await fg.loadMnist({ seed: 1 });
  const states = [];
  for (let i = 0; i < 2; i++) {
    const { model } = await trainedOn(data, 1, optimizer);
    states.push(await model.readState());
    await model.dispose();
  }
  const [a, b] = states;
  const bytes = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Object.keys(a).every((name) => bytes(a[name]).equals(bytes(b[name])));
}

const steps = epochs * Math.ceil(9000 / batchSize);
const recipe = {
  name: "adam",
  learningRate: { name: "oneCycle", peak: 0.07, steps },
  beta2: 0.99,
  weightDecay: 0.05,
  decoupledDecay: true,
};
await table("Adam with its published defaults (rate 0.001)", "adam");
const rows = await table("The recipe of examples/01-digits.mjs", recipe);

const inBounds = (row) => [
  row[0] <= bounds.trainLoss && row[2] <= bounds.trainLoss,
  row[1] >= bounds.trainAccuracy && row[3] >= bounds.trainAccuracy,
  row[5] >= bounds.validationAccuracy,
];
const names = ["training loss <= 0.10", "training accuracy >= 92 %", "validation accuracy >= 95 %"];
console.log();
names.forEach((name, i) => {
  const count = rows.filter((row) => inBounds(row)[i]).length;
  console.log(`${name}: ${count} of ${rows.length} seeds`);
});
const isSame = await sameBits(recipe);
console.log(`same seed, same bits twice: ${isSame ? "yes" : "NO"}`);
process.exitCode = isSame && rows.every((row) => inBounds(row).every(Boolean)) ? 0 : 1;
