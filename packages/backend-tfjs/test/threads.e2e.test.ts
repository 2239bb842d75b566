// Threads of engine wasm: as many as were asked for, with the right results, and the process still ends by itself.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import backend from "../src/index.ts";

/** Opens the engine with two threads, multiplies integers, which f32 holds, and opens it once more with one. */
const program = `
  import backend from "./packages/backend-tfjs/dist/index.js";
  import { tfjs } from "./packages/backend-tfjs/dist/engines/tfjs.js";
  const info = await backend.find("wasm");
  const device = await backend.open(info, { threads: 2 });
  const n = 192;
  const a = tfjs.tensor2d(Float32Array.from({ length: n * n }, (_, i) => (i * 7) % 11), [n, n]);
  const c = await tfjs.matMul(a, a).data();
  const x = await a.data();
  let wrong = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += x[i * n + k] * x[k * n + j];
      if (sum !== c[i * n + j]) wrong++;
    }
  }
  const again = await backend.open(info, { threads: 1 }).then(() => "opened", (error) => error.message);
  console.log(JSON.stringify({ threads: device.info.limits.threads, wrong, again }));
`;

test("wasm computes on two threads, which keep no process alive", async () => {
  const cwd = new URL("../../..", import.meta.url);
  const args = ["--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 100_000 });
  expect(JSON.parse(stdout)).toEqual({
    threads: 2,
    wrong: 0,
    again: "tfjs: engine wasm must keep its threads within a process, 2, got 1",
  });
});

test("what an engine cannot do with threads is refused with the number", async () => {
  const open = async (id: string, threads: number): Promise<unknown> => {
    const info = await backend.find?.(id);
    if (info === undefined) throw new TypeError(`${id} must be known`);
    return backend.open(info, { threads });
  };
  await expect(open("wasm", 0)).rejects.toThrow("threads must be an integer >= 1, got 0");
  await expect(open("cpu", 2)).rejects.toThrow(/engine cpu must .*got 2/);
});
