// Time of every statistic of a comparison on 100,000 samples with ties and zeros. Exits 1 if one takes a second.
//
//     node bench/gate/statistics-speed.mjs
import {
  clopperPearson,
  hodgesLehmann,
  hodgesLehmannShift,
  holmAdjust,
  quantileInterval,
  rankSumInterval,
  rankSumPValue,
  signedRankInterval,
  signedRankPValue,
  sortSamples,
  summarize,
} from "@fastgpu/results";

const n = 100_000;
const d = Float64Array.from(
  { length: n },
  (_, i) => Math.round(Math.sin(i * 12.9898) * 5000) / 1e5,
);
const y = d.map((value) => value + 0.01);
const p = Array.from(d, (value) => Math.abs(value));
const calls = {
  hodgesLehmann: () => hodgesLehmann(d),
  signedRankInterval: () => signedRankInterval(d, 0.005),
  signedRankPValue: () => signedRankPValue(d, 0.02),
  hodgesLehmannShift: () => hodgesLehmannShift(d, y),
  rankSumInterval: () => rankSumInterval(d, y, 0.005),
  rankSumPValue: () => rankSumPValue(d, y, 0.005),
  holmAdjust: () => holmAdjust(p),
  clopperPearson: () => clopperPearson(300, n, 0.95),
  quantileInterval: () => quantileInterval(sortSamples(d), 0.95, 0.99),
  summarize: () => summarize(p.map((value) => Math.round(value * 1e9))),
};
for (const [name, call] of Object.entries(calls)) {
  const startMs = performance.now();
  call();
  const elapsedMs = performance.now() - startMs;
  console.log(`${name.padEnd(20)} ${elapsedMs.toFixed(0).padStart(5)} ms for ${n} samples`);
  if (elapsedMs >= 1000) process.exitCode = 1;
}
