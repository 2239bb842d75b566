// Opens and runs damaged model files, to see that each ends in an answer or one clear error. Run by hand, after a build:
//   node packages/backend-onnx/bench/fuzz-model-files.mjs <folder of .onnx files> [count=300] [seed=1]
// A child process takes the files one after another; the parent only notes what became of each, so a native crash or a
// hang (30 s) of the child is counted, never fatal. Prints the counts as JSON and every offender's seed.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "../dist/proto/onnx.js";

const HANG_MS = 30_000;
const MEMORY_LIMIT_BYTES = 4 * 2 ** 30;
const [folder = ".", countText = "300", seedText = "1", child] = process.argv.slice(2);
const count = Number(countText);
const firstSeed = Number(seedText);

/** Numbers in [0, 1) from a 32-bit seed (mulberry32, Tommy Ettinger, public domain). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A valid encoding of a wrong model: numbers, types, operators and edges are changed in place. */
function mutateFields(bytes, random) {
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph;
  const numbers = [0n, 1n, -1n, 3n, 7n, 64n, 2n ** 20n, 2n ** 31n, 2n ** 40n, -(2n ** 62n)];
  for (let change = below(3); change >= 0; change--) {
    const node = pick(graph.node);
    const attribute = pick(node?.attribute ?? []);
    const constant = pick(graph.initializer) ?? attribute?.t;
    const port = pick([...graph.input, ...graph.output, ...graph.valueInfo])?.type?.value.value;
    const size = pick(port?.shape?.dim ?? []);
    const kind = below(9);
    if (kind === 0 && size !== undefined) size.value = { case: "dimValue", value: pick(numbers) };
    if (kind === 1 && port !== undefined) port.elemType = below(24);
    if (kind === 2 && attribute !== undefined) attribute.i = pick(numbers);
    if (kind === 3 && attribute?.ints.length > 0) {
      attribute.ints[below(attribute.ints.length)] = pick(numbers);
    }
    if (kind === 4 && attribute !== undefined) attribute.ints = attribute.ints.slice(1);
    if (kind === 5 && node?.input.length > 0) {
      node.input[below(node.input.length)] = pick(pick(graph.node).output) ?? "";
    }
    if (kind === 6 && node !== undefined) node.opType = pick(graph.node).opType;
    if (kind === 7 && constant !== undefined) {
      constant.dims[below(constant.dims.length)] = pick(numbers);
    }
    if (kind === 8 && constant !== undefined) constant.dataType = below(24);
  }
  return toBinary(ModelProtoSchema, model);
}

function mutateBytes(bytes, random) {
  const below = (limit) => Math.floor(random() * limit);
  // Most damage goes to the structure, which stands at the front and between the weights.
  const place = () => below(random() < 0.5 ? Math.min(bytes.length, 2000) : bytes.length);
  const result = Buffer.from(bytes);
  switch (below(6)) {
    case 0:
      return result.subarray(0, place());
    case 1:
      for (let i = below(8); i >= 0; i--) result[place()] ^= 1 << below(8);
      return result;
    case 2:
      for (let i = below(4); i >= 0; i--) result[place()] = [0, 0x7f, 0x80, 0xff][below(4)];
      return result;
    case 3: {
      const from = place();
      return Buffer.concat([result.subarray(0, from), result.subarray(from + below(20))]);
    }
    case 4: {
      const at = place();
      const huge = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
      return Buffer.concat([result.subarray(0, at), huge, result.subarray(at)]);
    }
    default: {
      const at = place();
      const from = place();
      const piece = result.subarray(from, from + below(200));
      return Buffer.concat([result.subarray(0, at), piece, result.subarray(at)]);
    }
  }
}

const mutate = (bytes, random) => (random() < 0.5 ? mutateFields : mutateBytes)(bytes, random);

async function runChild() {
  const { default: backend } = await import("../dist/index.js");
  const { allocateModelData, generatedShapes, sizeOf } = await import("@fastgpu/core");
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".onnx"))
    .sort();
  const scratch = mkdtempSync(join(tmpdir(), "fastgpu-fuzz-"));
  const [cpu] = await backend.devices();
  const device = await backend.open(cpu, { threads: 1 });
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    console.log(`start ${seed}`);
    const random = randomFrom(seed);
    const source = files[Math.floor(random() * files.length)];
    const path = join(scratch, "mutated.onnx");
    writeFileSync(path, mutate(readFileSync(join(folder, source)), random));
    let outcome = "ran";
    let text = "";
    try {
      const model = await device.openModel(path);
      try {
        const shapes = generatedShapes(model.inputs);
        // What runs is the damaged model, so it may ask for any amount of memory; the file says how much goes in.
        if (shapes.reduce((sum, shape) => sum + sizeOf(shape), 0) > 1e7) outcome = "too large";
        else {
          const values = model.inputs.map(({ name, dtype }, i) => [
            name,
            { dtype, shape: shapes[i], data: allocateModelData(dtype, sizeOf(shapes[i])) },
          ]);
          await model.run(Object.fromEntries(values));
        }
      } finally {
        await model.dispose();
      }
    } catch (error) {
      outcome = error.code ?? "UNTYPED";
      text = error.message.replace(scratch, "").slice(0, 300);
      if (error.message.includes("\n")) outcome = "MULTILINE";
    }
    console.log(`end ${seed} ${JSON.stringify({ outcome, source, text })}`);
    if (process.memoryUsage.rss() > MEMORY_LIMIT_BYTES) break;
  }
  await device.dispose();
  rmSync(scratch, { recursive: true, force: true });
}

/** Runs a child from a seed on; resolves with the first seed that is left. */
function runFrom(seed, end, note) {
  return new Promise((resolve) => {
    const self = fileURLToPath(import.meta.url);
    const left = String(end - seed);
    const proc = spawn(process.execPath, [self, folder, left, String(seed), "child"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let current = seed;
    let isOpen = false;
    let isHung = false;
    let timer;
    createInterface({ input: proc.stdout }).on("line", (line) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isHung = true;
        proc.kill("SIGKILL");
      }, HANG_MS);
      const [word, number, ...rest] = line.split(" ");
      if (word === "start") {
        current = Number(number);
        isOpen = true;
      } else if (word === "end") {
        isOpen = false;
        note(current, JSON.parse(rest.join(" ")));
      }
    });
    proc.on("close", (code, signal) => {
      clearTimeout(timer);
      if (isOpen)
        note(current, { outcome: isHung ? "HUNG" : `CRASHED ${signal ?? code}`, text: "" });
      resolve(current + 1);
    });
  });
}

if (child === "child") {
  await runChild();
} else {
  const counts = {};
  const note = (seed, { outcome, source, text }) => {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (["DATA", "UNSUPPORTED_OP", "ran"].includes(outcome)) return;
    console.error(`${seed} ${outcome} ${source ?? ""} ${text}`);
  };
  for (let seed = firstSeed; seed < firstSeed + count;) {
    seed = await runFrom(seed, firstSeed + count, note);
  }
  console.log(JSON.stringify(counts));
}
