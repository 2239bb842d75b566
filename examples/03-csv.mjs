// Learns from a table with numbers, categories and gaps.
//
//     node examples/03-csv.mjs
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fg from "fastgpu";

const folder = await mkdtemp(join(tmpdir(), "fastgpu-csv-"));
const path = join(folder, "houses.csv");
await writeFile(path, houses(2000));

// "kind" becomes one column per category, gaps in "age" become the column's mean, "price" is what to learn.
const data = await fg.loadData(path, { label: "price", missing: "mean" });
for (const note of data.notes) console.log(note);
console.log(
  "features:",
  Object.values(data.featureNames ?? {})
    .flat()
    .join(", "),
);

const split = data.split({ validation: 0.2, seed: 1 });
const scaling = fg.fitNormaliser(split.train);
const train = fg.normalise(split.train, scaling);
const validation = fg.normalise(split.validation, scaling);

const [, features] = train.inputs.x.shape;
const model = new fg.Model({ name: "houses" })
  .add(fg.layers.input(features))
  .add(fg.layers.dense(32, { activation: "relu", kernelInitializer: "heNormal" }))
  .add(fg.layers.dense(1));
await model.compile({ optimizer: { name: "adam", learningRate: 0.01 }, loss: "meanSquaredError" });
await model.fit(train, {
  epochs: 30,
  validationData: validation,
  callbacks: [
    fg.callbacks.csvLog(join(folder, "training.csv")),
    fg.callbacks.checkpoint(join(folder, "best"), { bestOnly: true }),
  ],
  verbose: true,
});

const best = await fg.loadModel(join(folder, "best"));
const { loss } = await best.evaluate(validation);
console.log(
  `best epoch: ${best.epochsTrained}, typical error: ${Math.sqrt(loss).toFixed(1)} thousand`,
);
await model.dispose();
await best.dispose();
await rm(folder, { recursive: true });

/** A made-up town: price in thousands by area, age and kind of house, with a little noise. */
function houses(count) {
  const kinds = { flat: 0, terraced: 30, detached: 90 };
  const lines = ["area,age,kind,price"];
  for (let i = 0; i < count; i++) {
    const [a, b, c, d] = [1, 2, 3, 4].map(
      (salt) => (Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453) % 1,
    );
    const area = Math.round(120 + 80 * a);
    const age = Math.round(50 + 50 * b);
    const kind = Object.keys(kinds)[Math.floor(((c + 1) / 2) * 3)];
    const price = 2.5 * area - 1.2 * age + kinds[kind] + 10 * d;
    lines.push([area, i % 17 === 0 ? "" : age, kind, price.toFixed(1)].join(","));
  }
  return `${lines.join("\n")}\n`;
}
