// What a proposal of the Gaussian process costs on a space of 18,000 configurations, and for how long the caller of a
// threaded search is blocked: node packages/tuner/bench/overhead.mjs [trials, 1180 by default] (after a build).
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Search, SearchThread, Space } from "@fastgpu/tuner";

const trials = Number(process.argv[2] ?? 1180);
const range = (max) => ({ kind: "integer", min: 1, max });
const space = new Space({
  parameters: { a: range(10), b: range(6), c: range(5), d: range(5), e: range(4), f: range(3) },
});
const cost = ({ a, b, c, d, e, f }) =>
  1 +
  0.1 * Math.abs(a - 7) +
  Math.sin(a * b) ** 2 +
  0.2 * (c - d) ** 2 +
  0.3 * e +
  0.1 * f * Math.cos(b);
const problem = { space, objectives: [{ metric: "ms", direction: "minimize" }] };
const told = (configuration) => ({
  configuration,
  outcome: { kind: "ok", values: { ms: { value: cost(configuration) } } },
});

const search = new Search({ problem, strategy: "gp", seed: 1 });
const times = [];
const busy = [];
for (let trial = 0; trial < trials; trial++) {
  const before = process.cpuUsage();
  const start = process.hrtime.bigint();
  const [{ configuration }] = search.ask();
  times.push(Number(process.hrtime.bigint() - start) / 1e6);
  // On a machine that others use, processor time is what a free core would have taken.
  const { user, system } = process.cpuUsage(before);
  busy.push((user + system) / 1e3);
  search.tell(told(configuration));
}
console.log(`${space.list().length} configurations; ms per proposal`);
for (const at of [100, 400, 1000]) {
  // A fit is due once in 40% more trials; this many proposals around `at` hold their share of one.
  const [from, to] = [Math.round(at * 0.84), Math.round(at * 1.18)];
  const window = times.slice(from, to);
  if (window.length < to - from) continue;
  const sorted = [...window].sort((x, y) => x - y);
  const mean = meanOf(window);
  console.log(
    `at ${at}: mean ${mean.toFixed(2)} (processor time ${meanOf(busy.slice(from, to)).toFixed(2)}), median ${sorted[sorted.length >> 1].toFixed(2)}, largest ${sorted.at(-1).toFixed(0)}`,
  );
}

function meanOf(values) {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

const thread = new SearchThread({ problem, strategy: "gp", seed: 1 });
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
for (let trial = 0; trial < 120; trial++) {
  const [{ configuration }] = await thread.ask();
  await thread.tell(told(configuration));
}
delay.disable();
await thread.close();
console.log(
  `threaded: the caller's event loop is late by ${(delay.max / 1e6).toFixed(1)} ms at most`,
);
