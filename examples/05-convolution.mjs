// A convolutional network on the digits: slower than a dense one, and better.
//
//     node examples/05-convolution.mjs [epochs]
import * as fg from "fastgpu";

const epochs = Number(process.argv[2] ?? 1);
const { train, validation } = await fg.loadMnist();

const model = new fg.Model({ name: "cnn" })
  .add(fg.layers.input(784))
  .add(fg.layers.reshape([1, 28, 28]))
  .add(fg.layers.conv2d(32, 3, { padding: "same", activation: "relu" }))
  .add(fg.layers.maxPool2d())
  .add(fg.layers.conv2d(64, 3, { padding: "same", activation: "relu" }))
  .add(fg.layers.maxPool2d())
  .add(fg.layers.flatten())
  .add(fg.layers.dense(128, { activation: "relu" }))
  .add(fg.layers.dropout(0.3))
  .add(fg.layers.dense(10, { activation: "softmax" }));
console.log(model.summary());

await model.compile({ loss: "categoricalCrossentropy", metrics: ["accuracy"] });
await model.fit(train, { epochs, batchSize: 64, validationData: validation, verbose: true });
await model.dispose();
