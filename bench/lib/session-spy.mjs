// Jobs that look over the shoulder of the ONNX backend, inside its process: which session it made, and what it feeds it.
// With that, a bare loop around the very same session can be timed beside the product's own loop.
import { writeFileSync } from "node:fs";
import { serialize } from "node:v8";
import { InferenceSession } from "onnxruntime-node";
import { timeIterations, workOf } from "../../packages/bench/dist/jobs/time-iterations.js";

const spied = { bytes: undefined, session: undefined, feeds: undefined, fetches: undefined };

/** Records what the next compilation hands to the engine. */
export async function watch() {
  const create = InferenceSession.create.bind(InferenceSession);
  InferenceSession.create = async (bytes, options) => {
    const session = await create(bytes, options);
    // The backend may call the session's handler itself; the bare loop goes through the public `run`.
    const { handler } = session;
    const run = handler.run.bind(handler);
    Object.assign(spied, { bytes, session: session.run.bind(session) });
    handler.run = (feeds, fetches, options) => {
      Object.assign(spied, { feeds: { ...feeds }, fetches: withoutStop(fetches) });
      return run(feeds, fetches, options);
    };
    spied.unwatch = () => {
      delete handler.run;
    };
    return session;
  };
}

/** The outputs that a program returns: without the one by which the backend ends its runs before outputs are copied. */
function withoutStop({ stop: _, ...fetches } = {}) {
  return fetches;
}

/** Writes the model and its feeds to files, for a process that has nothing but the engine. */
export async function save(_context, { modelPath, feedsPath }) {
  writeFileSync(modelPath, spied.bytes);
  const tensor = ({ type, dims, data }) => ({ type, dims, data });
  const feeds = Object.entries(spied.feeds).map(([name, value]) => [name, tensor(value)]);
  writeFileSync(feedsPath, serialize({ feeds, fetches: Object.keys(spied.fetches) }));
}

/**
 * Interleaved rounds (ABBA) of the product's loop and of bare loops.
 *
 * @returns Iterations per second of every round, by loop.
 */
export async function compare(context, { executable: handle, inputs, fetch, rounds, roundMs }) {
  const executable = context.executable(handle);
  await executable.run(inputs, fetch);
  spied.unwatch();
  const { session, feeds, fetches } = spied;
  const loops = {
    product: async () => {
      const { latencyNs } = await timeIterations(workOf(executable, [inputs], fetch), {
        minSamples: 1,
        minElapsedNs: roundMs * 1e6,
      });
      return (latencyNs.length * 1e9) / latencyNs.reduce((sum, ns) => sum + ns, 0);
    },
    session: () => bareLoop(() => session(feeds, fetches), roundMs),
    executable: () => bareLoop(() => executable.run(inputs, fetch), roundMs),
  };
  const names = Object.keys(loops);
  const rates = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) await loops[name]();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      rates[name].push(await loops[name]());
      await context.breathe();
    }
  }
  return rates;
}

/**
 * What the loops themselves cost, on a program that does nothing: the shortest of many samples, which no other process on
 * the machine can lengthen.
 *
 * @returns Ns per iteration, by loop.
 */
export async function loopCosts() {
  const nothing = { run: () => Promise.resolve(), sync: () => Promise.resolve() };
  const work = workOf(nothing, [{}], []);
  const product = [];
  const bare = [];
  for (let round = 0; round < 50; round++) {
    const { latencyNs } = await timeIterations(work, { minSamples: 2000, minElapsedNs: 0 });
    product.push(latencyNs.reduce((sum, ns) => sum + ns, 0) / 2000);
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < 2000; i++) await nothing.run();
    bare.push(Number(process.hrtime.bigint() - startedAt) / 2000);
  }
  return { product: Math.min(...product), bare: Math.min(...bare) };
}

async function bareLoop(run, roundMs) {
  let count = 0;
  const startedAt = performance.now();
  const end = startedAt + roundMs;
  let now = startedAt;
  while (now < end) {
    await run();
    count++;
    now = performance.now();
  }
  return (count * 1000) / (now - startedAt);
}
