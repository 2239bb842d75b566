// What the WebGPU contenders share: the workload a contender is asked for, inputs and check of a matrix product, and the
// timed loops. A workload is `matmul:<n>`, the product of two n x n matrices, or `mlp` or `cnn`, one training step.
import { initialParameters, MODELS, STEPS, trainingData } from "./models.mjs";
import { symmetric } from "./random.mjs";

/** Arguments of a contender: `<workload> <seconds> [more]`. */
export function workloadArguments() {
  const [workload, seconds, ...more] = process.argv.slice(2);
  const [kind, size] = workload.split(":");
  if (kind !== "matmul" && MODELS[kind] === undefined) {
    throw new Error(`contender: workload must be matmul:<n>, mlp or cnn, got ${workload}`);
  }
  return { workload, kind, size: Number(size), seconds: Number(seconds), more };
}

/** Floating-point operations of a workload; those of a step count its products and convolutions alone. */
export function flopsOf(workload) {
  const [kind, size] = workload.split(":");
  return kind === "matmul" ? 2 * Number(size) ** 3 : MODELS[kind].productFlops;
}

/** Both factors of a product, [n, n] each. */
export function factors(n) {
  return { a: symmetric(1, n * n, 1), b: symmetric(2, n * n, 1) };
}

/**
 * Throws unless 64 places of c = a b, spread over all of it, are what a product in double precision gives there, within what
 * rounding of n terms can make of values in [-1, 1).
 */
export function checkProduct({ a, b }, c, n) {
  const tolerance = n * 2 ** -23;
  for (let place = 0; place < 64; place += 1) {
    const row = Math.floor((place * (n - 1)) / 63);
    const column = (place * 37 + row) % n;
    let expected = 0;
    for (let k = 0; k < n; k += 1) expected += a[row * n + k] * b[k * n + column];
    const got = c[row * n + column];
    if (!(Math.abs(got - expected) <= tolerance)) {
      throw new Error(`contender: c[${row},${column}] must be ${expected}, got ${got}`);
    }
  }
}

/** The model of a workload, its first parameters as a list, and `STEPS` batches that `make` builds. */
export function trainingWorkload(kind, make) {
  const model = MODELS[kind];
  const initial = initialParameters(model);
  const data = trainingData(model);
  const batches = Array.from({ length: STEPS }, (_, step) => make(model, data, step));
  return { model, values: model.parameters.map(({ name }) => initial[name]), batches };
}

const now = () => Number(process.hrtime.bigint());

/**
 * Times of a product, ns. `start` begins one, `finish` waits for all that were begun; a sample begins as many as take about
 * a quarter of `seconds`, so that what a single wait costs is spread over them.
 */
export async function timeProducts(start, finish, seconds) {
  const batch = async (count) => {
    const from = now();
    for (let i = 0; i < count; i += 1) await start();
    await finish();
    return (now() - from) / count;
  };
  // The first run was the caller's, which checked its result.
  const once = await batch(1);
  const count = Math.max(1, Math.min(200, Math.round((seconds * 1e9) / 4 / once)));
  const stepNs = [];
  // Two samples of what takes longer than all of them should.
  const samples = once > seconds * 1e9 ? 2 : 5;
  for (let i = 0; i < samples; i += 1) stepNs.push(await batch(count));
  return stepNs;
}

/** Trains: the first ten losses, the time of the first step with its compilation, and times of steps over `seconds`, ns. */
export async function timeTraining(run, seconds) {
  const losses = [];
  const from = now();
  losses.push(await run());
  const firstNs = now() - from;
  while (losses.length < STEPS) losses.push(await run());
  const stepNs = [];
  const end = now() + seconds * 1e9;
  while (stepNs.length < 3 || now() < end) {
    const start = now();
    await run();
    stepNs.push(now() - start);
  }
  return { losses, firstNs, stepNs };
}
