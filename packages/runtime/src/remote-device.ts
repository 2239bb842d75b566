// A device in a backend process, behind the same port as a device in this process.
import { performance } from "node:perf_hooks";
import type {
  CompileOptions,
  Counters,
  Device,
  DeviceInfo,
  Executable,
  Graph,
  KernelTiming,
  State,
  TensorMap,
} from "@fastgpu/core";
import type { Connection, RequestOptions } from "./connection.ts";
import type { Handle, JobReference, ProcessMemory } from "./wire/messages.ts";

/** A state in a backend process; its handle can be given to jobs. */
export interface RemoteState extends State {
  readonly handle: Handle;
}

/** A program in a backend process; its handle can be given to jobs. */
export interface RemoteExecutable extends Executable {
  readonly handle: Handle;
}

/** An open device whose engine lives in a process of its own. */
export class RemoteDevice implements Device {
  readonly info: DeviceInfo;
  /** Time from the start of the process to the open device, in ns. */
  readonly openedAfterNs: number;
  private readonly connection: Connection;
  private latest: Counters;

  /** Made by `DevicePool.open`. */
  constructor(info: DeviceInfo, connection: Connection, startedAtMs: number, counters: Counters) {
    this.info = info;
    this.connection = connection;
    this.latest = counters;
    this.openedAfterNs = Math.round((performance.now() - startedAtMs) * 1e6);
  }

  /** Process id of the backend process. */
  get pid(): number {
    return this.connection.pid;
  }

  /** What could not be pinned on this platform, for the user to read. */
  get notices(): readonly string[] {
    return this.connection.notices;
  }

  /** The port's answer is synchronous, a process away it cannot be: use `supportsGraph`, or compile and catch. */
  supports(): true {
    return true;
  }

  /** Asks the engine whether it can compile the graph. */
  supportsGraph(graph: Graph): Promise<true | { readonly reason: string }> {
    return this.connection.request({ kind: "supports", graph });
  }

  /** Places tensors on the device. */
  async createState(initial: TensorMap): Promise<RemoteState> {
    const handle = await this.connection.request({ kind: "createState", initial });
    return {
      handle,
      read: (names) =>
        this.connection.request({
          kind: "readState",
          state: handle,
          ...(names === undefined ? {} : { names }),
        }),
      write: async (values) => {
        await this.connection.request({ kind: "writeState", state: handle, values });
      },
      dispose: () => this.drop(handle),
    };
  }

  /** Compiles a graph in the backend process; `state` must come from this device. */
  async compile(
    graph: Graph,
    state?: State,
    options: CompileOptions = {},
  ): Promise<RemoteExecutable> {
    const of = state === undefined ? {} : { state: (state as RemoteState).handle };
    const handle = await this.connection.request({ kind: "compile", graph, options, ...of });
    return {
      handle,
      run: (inputs, fetch) =>
        this.connection.request({
          kind: "run",
          executable: handle,
          inputs,
          ...(fetch === undefined ? {} : { fetch }),
        }),
      sync: async () => {
        await this.connection.request({ kind: "sync", executable: handle });
      },
      timings: async (): Promise<readonly KernelTiming[]> =>
        (await this.connection.request({ kind: "timings", executable: handle })) ?? [],
      dispose: () => this.drop(handle),
    };
  }

  /** Calls a function in the backend process, next to the device. */
  async runJob<R>(job: JobReference, argument: unknown, options: RequestOptions = {}): Promise<R> {
    return (await this.connection.request({ kind: "job", job, argument }, options)) as R;
  }

  /** Memory of the backend process. */
  memory(): Promise<ProcessMemory> {
    return this.connection.request({ kind: "memory" });
  }

  /** Counters as of the latest `refreshCounters`. */
  counters(): Counters {
    return this.latest;
  }

  /** Fetches the counters from the backend process. */
  async refreshCounters(): Promise<Counters> {
    this.latest = await this.connection.request({ kind: "counters" });
    return this.latest;
  }

  /** Frees the device and ends its process in order. */
  dispose(): Promise<void> {
    return this.connection.close();
  }

  /** Ends the process at once. */
  kill(): Promise<void> {
    return this.connection.kill();
  }

  private async drop(handle: Handle): Promise<void> {
    await this.connection.request({ kind: "dispose", handle });
  }
}
