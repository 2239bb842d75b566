// A model with two inputs and two outputs: from the left and the right digit of a pair, their sum and which is larger.
//
//     node examples/02-functional.mjs
import * as fg from "fastgpu";

const { train, validation } = await fg.loadMnist();

const left = fg.input(784, { name: "left" });
const right = fg.input(784, { name: "right" });
// Applied twice, the layer reads both digits with the same parameters.
const eye = fg.layers.dense(64, { activation: "relu", name: "eye" });
const both = fg.layers.concat().apply([eye.apply(left), eye.apply(right)]);
const hidden = fg.layers.dense(64, { activation: "relu" }).apply(both);
const sum = fg.layers.dense(1, { name: "sum" }).apply(hidden);
const larger = fg.layers.dense(1, { name: "larger", activation: "sigmoid" }).apply(hidden);
const model = new fg.Model({ name: "pairs", inputs: [left, right], outputs: [sum, larger] });
console.log(model.summary());

await model.compile({
  optimizer: { name: "adam", learningRate: 0.002 },
  loss: { sum: "meanSquaredError", larger: "binaryCrossentropy" },
  lossWeights: { sum: 0.05 },
  metrics: { larger: ["accuracy"] },
});

const history = await model.fit(pairs(train, 1), {
  epochs: 10,
  batchSize: 64,
  validationData: pairs(validation, 2),
  callbacks: [fg.callbacks.earlyStopping({ patience: 2, restoreBest: true })],
  verbose: true,
});
console.log(`ended: ${history.stopReason}${history.stopDetail ? ` (${history.stopDetail})` : ""}`);

const { outputs } = await model.predict({
  left: validation.take(5).inputs.x,
  right: validation.slice(5, 10).inputs.x,
});
const digits = validation.targets.y.data;
for (let i = 0; i < 5; i++) {
  const [a, b] = [digits[i], digits[i + 5]];
  const answer = outputs.larger.data[i] > 0.5 ? "left" : "right";
  console.log(`${a} + ${b} = ${outputs.sum.data[i].toFixed(1)}, larger: ${answer}`);
}
await model.dispose();

/** Every digit with another one, by a fixed shuffle. */
function pairs(data, seed) {
  const partner = data.shuffle(seed);
  const [a, b] = [data.targets.y.data, partner.targets.y.data];
  return {
    x: { left: data.inputs.x, right: partner.inputs.x },
    y: {
      sum: Float32Array.from(a, (digit, i) => digit + b[i]),
      larger: Float32Array.from(a, (digit, i) => Number(digit > b[i])),
    },
  };
}
