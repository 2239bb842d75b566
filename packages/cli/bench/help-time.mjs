// How long `fastgpu-bench --help` takes, process start included, against node that does nothing: 20 runs of each, in
// turn. Run by hand: node packages/cli/bench/help-time.mjs
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../bin/fastgpu-bench.js", import.meta.url));
const calls = { "node -e 0": ["-e", "0"], "fastgpu-bench --help": [launcher, "--help"] };
const times = new Map(Object.keys(calls).map((name) => [name, []]));

for (let run = 0; run < 20; run++) {
  for (const [name, args] of Object.entries(calls)) {
    const startMs = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
    if (status !== 0) throw new Error(`${name} must exit 0, got ${status}`);
    times.get(name).push(performance.now() - startMs);
  }
}
for (const [name, values] of times) {
  const [least, median, most] = [0, 10, 19].map((i) => values.toSorted((a, b) => a - b)[i]);
  console.log(
    `${name}: ${least.toFixed(0)} ms least, ${median.toFixed(0)} ms median, ${most.toFixed(0)} ms most`,
  );
}
