// The suite of the two scripts beside it: a backend whose process really crashes, hangs, runs out of memory, refuses or
// answers wrongly in a third of its space, and whose clock passes by its work alone.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const backend = fileURLToPath(new URL("../test/fixtures/tuned-backend.mjs", import.meta.url));

/** The launcher of the command line. */
export const launcher = fileURLToPath(new URL("../../cli/bin/fastgpu-bench.js", import.meta.url));

/** Writes the suite into a new folder. @returns folder and path */
export function writeSuite() {
  const folder = mkdtempSync(join(tmpdir(), "fastgpu-failing-"));
  const path = join(folder, "failing.json");
  const layers = [
    { kind: "input", shape: [3] },
    { kind: "dense", units: 2, activation: "softmax" },
  ];
  const suite = {
    name: "failing",
    models: { m: { layers } },
    matrix: { backends: [backend] },
    workloads: [{ name: "m", kind: "inference", model: "m", batchSizes: [2] }],
    tune: {
      parameters: { batchSize: false },
      repeats: 1,
      rounds: 0,
      sampling: {
        minIterations: 6,
        minSeconds: 0.01,
        maxWarmupSeconds: 0.02,
        trialTimeoutSeconds: 4,
      },
    },
  };
  writeFileSync(path, JSON.stringify(suite));
  return { folder, path };
}
