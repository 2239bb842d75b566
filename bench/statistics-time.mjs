// How long the statistics take on many samples: each function on 100,000 of them, ties and zeros included. Run by hand:
//   node bench/statistics-time.mjs [samples=100000]
import {
  changePoints,
  histogram,
  madListing,
  medianAbsoluteDeviation,
  moments,
  quantileInterval,
  requiredQueries,
  sortSamples,
  summarize,
  tukeyListing,
} from "../packages/results/dist/index.js";

const count = Number(process.argv[2] ?? "100000");
const samples = Array.from({ length: count }, (_, i) => ((i * 7919) % 1013) * (i % 17));
const sorted = sortSamples(samples);
const functions = {
  sortSamples: () => sortSamples(samples),
  summarize: () => summarize(samples),
  quantileInterval: () => quantileInterval(sorted, 0.99, 0.95),
  moments: () => moments(sorted),
  medianAbsoluteDeviation: () => medianAbsoluteDeviation(sorted),
  histogram: () => histogram(sorted),
  tukeyListing: () => tukeyListing(samples),
  madListing: () => madListing(samples),
  changePoints: () => changePoints(samples),
  requiredQueries: () => requiredQueries(100, 0.99),
};
for (const [name, run] of Object.entries(functions)) {
  const startedAt = performance.now();
  run();
  console.log(`${name.padEnd(24)} ${(performance.now() - startedAt).toFixed(0).padStart(6)} ms`);
}
