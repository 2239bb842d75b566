// Trains the classic digits model and asks it about digits it has never seen.
//
//     node examples/01-digits.mjs
import * as fg from "fastgpu";

// 10,000 real digits: 9,000 to train on, 1,000 to judge by.
const { train, validation } = await fg.loadMnist();

const model = new fg.Model({ name: "digits" });
model.add(fg.layers.input(784));
model.add(fg.layers.dense(128, { activation: "sigmoid" }));
model.add(fg.layers.dense(10, { activation: "softmax" }));
console.log(model.summary());

const epochs = 10;
const batchSize = 128;
await model.compile({
  // The rate rises and falls once over the training, which makes the most of few epochs; "adam" alone works too.
  optimizer: {
    name: "adam",
    learningRate: {
      name: "oneCycle",
      peak: 0.07,
      steps: epochs * Math.ceil(train.size / batchSize),
    },
    beta2: 0.99,
    weightDecay: 0.05,
    decoupledDecay: true,
  },
  loss: "categoricalCrossentropy",
  metrics: ["accuracy"],
});
const { backend, deviceName } = await model.placement();
console.log(`\ntraining on ${backend} (${deviceName})`);

const history = await model.fit(train, {
  epochs,
  batchSize,
  validationData: validation,
  verbose: true,
});
console.log(`trained in ${(history.durationNs / 1e9).toFixed(2)} s`);

const { loss, accuracy } = await model.evaluate(validation);
console.log(`validation: loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %`);

const some = validation.take(10);
const predictions = await model.predict(some);
console.log("predicted:", [...predictions.argMax()].join(" "));
console.log("true:     ", [...some.targets.y.data].join(" "));

await model.dispose();
