// Predictions with parameters as constants, so that an engine prepacks them. Batches are powers of two, so that any
// number of rows needs few programs; the rows that fill the last one up are cut off again.
import {
  allocate,
  applyPrecision,
  castState,
  ModelError,
  precisionPolicies,
  predictStep,
  simplify,
  sizeOf,
  tensor,
  type Graph,
  type HostTensor,
  type ModelSpec,
  type Precision,
  type TensorMap,
} from "@fastgpu/core";
import type { RemoteDevice, RemoteExecutable, RemoteState } from "@fastgpu/runtime";

/** Most rows of one run: enough to keep an engine busy, few enough to stay in its caches. */
const largestBatch = 512;

/** The programs that predict with one set of parameters. */
export class Predictor {
  private readonly device: RemoteDevice;
  private readonly spec: ModelSpec;
  private readonly precision: Precision;
  private readonly values: TensorMap;
  private state: Promise<RemoteState> | undefined;
  private readonly programs = new Map<number, Promise<RemoteExecutable>>();

  /** @param values - parameters and statistics by name; others are ignored */
  constructor(device: RemoteDevice, spec: ModelSpec, precision: Precision, values: TensorMap) {
    this.device = device;
    this.spec = spec;
    this.precision = precision;
    this.values = values;
  }

  /** Inputs [rows, ...] by port -> outputs [rows, ...] by output layer. */
  async run(inputs: TensorMap): Promise<TensorMap> {
    const rows = Object.values(inputs)[0]?.shape[0] ?? 0;
    const results: Record<string, HostTensor> = {};
    let waiting: Promise<void> = Promise.resolve();
    for (let first = 0; first < rows; first += largestBatch) {
      const count = Math.min(largestBatch, rows - first);
      const batch = 2 ** Math.ceil(Math.log2(count));
      const program = await this.program(batch);
      const outputs = program.run(rowsOf(inputs, first, count, batch));
      // Sent before the batch ahead of it is read, so that the device never waits for the host.
      outputs.catch(() => undefined);
      await waiting;
      waiting = outputs.then((values) => {
        collect(results, values, first, count, rows);
      });
      waiting.catch(() => undefined);
    }
    await waiting;
    return results;
  }

  /** Frees programs and parameters. */
  async dispose(): Promise<void> {
    for (const program of await Promise.allSettled(this.programs.values())) {
      if (program.status === "fulfilled") await program.value.dispose();
    }
    this.programs.clear();
    await (await this.state)?.dispose();
  }

  private program(batch: number): Promise<RemoteExecutable> {
    const known = this.programs.get(batch);
    if (known !== undefined) return known;
    const graph = this.graph(batch);
    const compiled = this.placed(graph).then((state) =>
      this.device.compile(graph, state, { freezeState: true }),
    );
    this.programs.set(batch, compiled);
    compiled.catch(() => this.programs.delete(batch));
    return compiled;
  }

  private graph(batch: number): Graph {
    const policy = precisionPolicies[this.precision];
    return simplify(applyPrecision(predictStep(this.spec, { batch }), policy));
  }

  private placed(graph: Graph): Promise<RemoteState> {
    const needed = graph.state.map(({ name }) => [name, this.valueOf(name)] as const);
    this.state ??= this.device.createState(castState(graph, Object.fromEntries(needed)));
    return this.state;
  }

  private valueOf(name: string): HostTensor {
    const value = this.values[name];
    if (value === undefined) {
      throw new ModelError(`predict: parameter "${name}" must have a value, got none`);
    }
    return value;
  }
}

/** Rows first .. first + count, then zeros up to `batch` rows. */
function rowsOf(inputs: TensorMap, first: number, count: number, batch: number): TensorMap {
  const entries = Object.entries(inputs).map(([name, value]) => {
    const row = value.shape.slice(1);
    const width = sizeOf(row);
    const part = value.data.subarray(first * width, (first + count) * width);
    if (count === batch) return [name, { ...value, shape: [batch, ...row], data: part }] as const;
    const data = allocate(value.dtype, batch * width);
    data.set(part);
    return [name, tensor(value.dtype, [batch, ...row], data)] as const;
  });
  return Object.fromEntries(entries);
}

function collect(
  results: Record<string, HostTensor>,
  outputs: TensorMap,
  first: number,
  count: number,
  rows: number,
): void {
  for (const [name, value] of Object.entries(outputs)) {
    const row = value.shape.slice(1);
    const width = sizeOf(row);
    const all = (results[name] ??= tensor(
      value.dtype,
      [rows, ...row],
      allocate(value.dtype, rows * width),
    ));
    all.data.set(value.data.subarray(0, count * width), first * width);
  }
}
