// Kernel times through ONNX Runtime's profiler, which writes a Chrome trace to a file.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, type KernelTiming } from "@fastgpu/core";
import { InferenceSession, type Tensor } from "onnxruntime-node";

interface TraceEvent {
  readonly cat?: string;
  readonly name?: string;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}

/** Runs before the measured one, so that first-touch costs are not in it. */
const WARMUP_RUNS = 2;

/**
 * Time of each kernel in one run of a model, in execution order. The profiler itself costs about 1 us per kernel.
 *
 * @param model - the ONNX file or its path
 * @param options - those of the device's sessions
 * @param feeds - tensors by input name of the model
 */
export async function profileModel(
  model: Uint8Array | string,
  options: InferenceSession.SessionOptions,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<KernelTiming[]> {
  const folder = await mkdtemp(join(tmpdir(), "fastgpu-profile-"));
  try {
    const session = await createSession(model, {
      ...options,
      enableProfiling: true,
      profileFilePrefix: join(folder, "trace"),
    });
    try {
      for (let run = 0; run <= WARMUP_RUNS; run++) await session.run(feeds);
      session.endProfiling();
    } finally {
      await session.release();
    }
    return await readTrace(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function createSession(
  model: Uint8Array | string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  // One call for each of the two overloads.
  return typeof model === "string"
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}

async function readTrace(folder: string): Promise<KernelTiming[]> {
  const [file] = await readdir(folder);
  if (file === undefined) throw new DataError("onnx: the profiler must write a file, got none");
  const events = JSON.parse(await readFile(join(folder, file), "utf8")) as TraceEvent[];
  const kernels = events.filter(
    ({ cat, name }) => cat === "Node" && name?.endsWith("_kernel_time") === true,
  );
  // Every run yields the same kernels; the last share of the events is the last run.
  const latest = kernels.slice(-kernels.length / (WARMUP_RUNS + 1));
  return latest.map(({ name = "", dur = 0, args }) => ({
    name: name.replace(/_kernel_time$/, ""),
    op: args?.op_name ?? "",
    durationNs: dur * 1000,
    ...(args?.provider === undefined ? {} : { provider: args.provider }),
  }));
}
