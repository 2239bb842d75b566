// The ONNX backend with extra work inside every step, so that a slowdown of a known size is in what is measured. The
// work is arithmetic on the thread of the step, not a sleep. Chosen by the address of the module:
//
//     planted-backend.mjs?turns=4000              4,000 turns of the loop in every step
//     planted-backend.mjs?dispatch                one more run of the engine in every step
//     planted-backend.mjs?copy                    4 KiB more brought back from the device in every step
//     planted-backend.mjs?turns=4000&every=10     the same in every tenth step alone
//     planted-backend.mjs?tail=0.3&turnNs=6.5     30% of its own time in every step that is among the slowest 10% so far
import onnx from "@fastgpu/backend-onnx";

const options = new URL(import.meta.url).searchParams;
const turns = Number(options.get("turns") ?? 0);
const every = Number(options.get("every") ?? 1);
const tail = Number(options.get("tail") ?? 0);
const turnNs = Number(options.get("turnNs") ?? 1);
const [hasDispatch, hasCopy] = [options.has("dispatch"), options.has("copy")];
let sink = 1;

/** A chain of dependent divisions, which no compiler can shorten. */
export function work(count) {
  let x = sink;
  for (let i = 0; i < count; i++) x = 1 + 1 / (x + i);
  sink = x;
}

/** Says whether a time is among the slowest tenth of the latest 200. */
function slowestTenth() {
  const latest = [];
  return (durationNs) => {
    const slower = latest.filter((other) => other > durationNs).length;
    const isSlow = latest.length >= 20 && slower < latest.length / 10;
    latest.push(durationNs);
    if (latest.length > 200) latest.shift();
    return isSlow;
  };
}

function slowed(executable, extra) {
  const isSlow = slowestTenth();
  let step = 0;
  return {
    // Every variant does the same bookkeeping, so that only the planted work differs.
    run: async (inputs, fetch) => {
      const start = process.hrtime.bigint();
      const outputs = await executable.run(inputs, fetch);
      await executable.sync();
      const durationNs = Number(process.hrtime.bigint() - start);
      step += 1;
      if (turns > 0 && step % every === 0) work(turns);
      if (hasDispatch) await executable.run(inputs, fetch);
      await extra?.read();
      if (isSlow(durationNs) && tail > 0) work(Math.round((tail * durationNs) / turnNs));
      return outputs;
    },
    sync: () => executable.sync(),
    ...(executable.timings === undefined ? {} : { timings: () => executable.timings() }),
    dispose: () => executable.dispose(),
  };
}

const kilobytes = { dtype: "f32", shape: [1024], data: new Float32Array(1024) };

export default {
  name: onnx.name,
  devices: () => onnx.devices(),
  open: async (info, options) => {
    const device = await onnx.open(info, options);
    return new Proxy(device, {
      get: (target, key) => {
        if (key === "compile") {
          return async (...given) => {
            const executable = await target.compile(...given);
            const extra = hasCopy ? await target.createState({ extra: kilobytes }) : undefined;
            return slowed(executable, extra);
          };
        }
        const value = target[key];
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  },
};
