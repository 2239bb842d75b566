// Entry of a short-lived child process: opens one engine and computes one product on it. Loading a native engine may
// crash the process, so the backend's own process never probes. Prints what it found as one line of JSON.
import { isEngineName } from "../engines/engine-name.ts";
import { loadEngine } from "../engines/load-engine.ts";
import { tfjs } from "../engines/tfjs.ts";
import { engineText } from "../session/engine-error.ts";
import type { ProbeAnswer } from "./probe.ts";

const [name = ""] = process.argv.slice(2);
process.stdout.write(`\n${JSON.stringify(await probe())}\n`);
// Engines may hold on to threads and devices; nothing is left to be done.
process.exit(0);

async function probe(): Promise<ProbeAnswer> {
  if (!isEngineName(name)) return { failure: `no engine is called "${name}"` };
  try {
    const engine = await loadEngine(name);
    const x = tfjs.tensor2d([1, 2, 3, 4], [2, 2]);
    const product = String(await tfjs.matMul(x, x).data());
    if (product !== "7,10,15,22") return { failure: `wrong product ${product}` };
    const { hardware, driver, isSoftware, threads, limits } = engine;
    return {
      ...(hardware === undefined ? {} : { hardware }),
      ...(driver === undefined ? {} : { driver }),
      ...(isSoftware === undefined ? {} : { isSoftware }),
      ...(threads === undefined ? {} : { threads }),
      ...(limits === undefined ? {} : { limits }),
    };
  } catch (error) {
    const fix = (error as { readonly fix?: unknown }).fix;
    const failure = engineText(error);
    return typeof fix === "string" ? { failure, fix } : { failure };
  }
}
