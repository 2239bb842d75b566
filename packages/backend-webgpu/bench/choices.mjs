// What do the choices of a product's kernel cost? Runs some of them by turns on the first adapter and prints the median processor
// time of the process per run (on a software adapter that is the kernel) and the median time, each with its sizes.
// Stored choices of the user are neither read nor changed.
//
//     node packages/backend-webgpu/bench/choices.mjs <dtypes> <rows> <depth> <columns> [sizes as JSON ...]
//     node packages/backend-webgpu/bench/choices.mjs i8,i8 512 512 512 '{"method":0,"rows":16}' '{"packed":1,"rows":16,"depth":1}'
//
// dtypes: of both factors, those of bytes are summed in i32. Of each JSON the first choice that has these sizes is taken (a
// missing size counts as 0); without any, the engine's own. ARITHMETIC=f16 allows sums in f16.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GraphBuilder, tensorFrom } from "@fastgpu/core";
import { cast, matmul } from "@fastgpu/core/functional";

const folder = mkdtempSync(join(tmpdir(), "fastgpu-choices-"));
process.env.FASTGPU_CACHE_DIR = folder;
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const { default: backend } = await import("../dist/index.js");

const [types = "f32,f32", ...rest] = process.argv.slice(2);
const [m = 512, k = 512, n = 512] = rest.slice(0, 3).map(Number);
const wanted = rest.slice(3).map((text) => JSON.parse(text));
const rounds = 9;
const runsPerRound = 4;

const isFloat = (dtype) => dtype.startsWith("f");
const factor = (dtype, shape, seed) => {
  let bits = seed;
  const values = Array.from({ length: shape[0] * shape[1] }, () => {
    bits = (Math.imul(bits, 1664525) + 1013904223) >>> 0;
    return isFloat(dtype) ? bits / 2 ** 31 - 1 : (bits >>> 24) - (dtype === "i8" ? 128 : 0);
  });
  return tensorFrom(dtype, shape, values);
};

const [left, right = left] = types.split(",");
const builder = new GraphBuilder("product");
const operand = (name, dtype, shape) => {
  const value = builder.state(name, dtype, shape);
  return isFloat(dtype) ? value : cast(value, "i32");
};
builder.output("y", matmul(operand("a", left, [m, k]), operand("b", right, [k, n])));
const graph = builder.build();

const [info] = await backend.devices();
const arithmetic = process.env.ARITHMETIC ?? "f32";
const device = await backend.open(info, { engine: { arithmetic } });
const state = await device.createState({
  a: factor(left, [m, k], 1),
  b: factor(right, [k, n], 2),
});
const [kernel] = device.tuning.kernels(graph);
const choices = (wanted.length === 0 ? [kernel.choices[0]] : wanted).map((sizes) => {
  const choice = kernel.choices.find((one) =>
    Object.entries(sizes).every(([name, size]) => (one[name] ?? 0) === size),
  );
  if (choice === undefined) throw new RangeError(`no choice has ${JSON.stringify(sizes)}`);
  return choice;
});

const contenders = [];
for (const choice of choices) {
  await device.tuning.keep(kernel.key, choice, 1);
  const program = await device.compile(graph, state);
  await program.run({}, []);
  await program.sync();
  contenders.push({ choice, program, cpuMs: [], wallMs: [] });
}
for (let round = 0; round < rounds; round++) {
  for (const { program, cpuMs, wallMs } of round % 2 === 0 ? contenders : contenders.toReversed()) {
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    for (let run = 0; run < runsPerRound; run++) {
      await program.run({}, []);
      await program.sync();
    }
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1e3 / runsPerRound);
    wallMs.push((performance.now() - start) / runsPerRound);
  }
}
const median = (values) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)].toFixed(2);
console.log(`${info.name}: ${types} [${m},${k}] x [${k},${n}], cpu ms, ms`);
for (const { choice, cpuMs, wallMs } of contenders) {
  console.log(`${median(cpuMs)}\t${median(wallMs)}\t${JSON.stringify(choice)}`);
}
await device.dispose();
process.exit(0);
