// Opens devices: one piscina thread per device, each owning one backend process. Engines live in processes because a
// native abort ends everything that shares its process; threads supervise because the main thread may be busy. An open
// device that has nothing to do does not keep the program alive; its process ends with the program.
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { DeviceInfo, Diagnosis, OpenOptions } from "@fastgpu/core";
import { Connection } from "./connection.ts";
import { RemoteDevice } from "./remote-device.ts";
import type { Limits, SuperviseTask } from "./thread/messages.ts";
import type { ProcessOptions } from "./thread/spawn.ts";

/** Which device to open and what to pin. */
export interface DeviceRequest {
  /** Backend name (`onnx`) or module specifier of a third-party backend. */
  readonly backend: string;
  /**
   * Device id as listed by `devices`, or `default` for the backend's first; or a listed device itself, which spares the
   * new process from probing the machine again.
   */
  readonly device: string | DeviceInfo;
  readonly options?: OpenOptions;
  readonly process?: Partial<Omit<ProcessOptions, "label">>;
  readonly limits?: Partial<Limits>;
  /** Aborting kills the process, also while it opens. */
  readonly signal?: AbortSignal;
}

const defaultLimits: Limits = { stallTimeoutMs: 120_000, startTimeoutMs: 30_000 };

/** The devices a program has open. Close it to leave nothing running. */
export class DevicePool {
  private readonly open = new Set<Connection>();
  /** Ends of the threads that are being stopped. */
  private readonly threads = new Set<Promise<void>>();

  /**
   * Opens a device in a fresh process.
   *
   * @throws {BackendUnavailableError} with a fix, if the backend or the device is not there
   * @throws {BackendCrashedError} if the engine dies while it loads
   */
  async openDevice(request: DeviceRequest): Promise<RemoteDevice> {
    const startedAtMs = performance.now();
    const { backend, device, options = {} } = request;
    const connection = this.connect(`${backend}:${idOf(device)}`, request);
    try {
      const info = await connection.request({ kind: "open", backend, device, options });
      const counters = await connection.request({ kind: "counters" });
      return new RemoteDevice(info, connection, startedAtMs, counters);
    } catch (error) {
      await connection.kill();
      throw error;
    }
  }

  /** Lists the devices of a backend, from a process of its own. */
  devices(backend: string, signal?: AbortSignal): Promise<readonly DeviceInfo[]> {
    return this.once(backend, signal, (connection) =>
      connection.request({ kind: "devices", backend }),
    );
  }

  /**
   * Lists the devices of a backend as far as `wanted` asks: with nothing but `default` in it the first device alone, which
   * spares the seconds that trying the others may take.
   */
  devicesFor(
    backend: string,
    wanted: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly DeviceInfo[]> {
    const isDefaultEnough = wanted.every((id) => id === "default");
    return this.once(backend, signal, (connection) =>
      connection.request({ kind: "devices", backend, isDefaultEnough }),
    );
  }

  /** Says what a backend lacks on this machine, from a process of its own. */
  diagnose(backend: string, signal?: AbortSignal): Promise<readonly Diagnosis[]> {
    return this.once(backend, signal, (connection) =>
      connection.request({ kind: "diagnose", backend }),
    );
  }

  /** Ends every process and thread. */
  async close(): Promise<void> {
    await Promise.all([...this.open].map((connection) => connection.close()));
    await Promise.all(this.threads);
  }

  private async once<R>(
    backend: string,
    signal: AbortSignal | undefined,
    ask: (connection: Connection) => Promise<R>,
  ): Promise<R> {
    const connection = this.connect(backend, signal === undefined ? {} : { signal });
    try {
      return await ask(connection);
    } finally {
      await connection.close();
    }
  }

  private connect(
    label: string,
    request: Pick<DeviceRequest, "process" | "limits" | "signal">,
  ): Connection {
    const connection = new Connection(label);
    const task: SuperviseTask = {
      process: { env: {}, ...request.process, label },
      limits: { ...defaultLimits, ...request.limits },
    };
    const port = connection.threadPort;
    const thread = deviceThread();
    this.open.add(connection);
    void connection.ended.then(() => {
      this.open.delete(connection);
      this.stop(thread);
    });
    const kill = (): void => void connection.kill();
    if (request.signal?.aborted === true) kill();
    else request.signal?.addEventListener("abort", kill, { once: true });
    thread
      .run({ ...task, port }, { name: "supervise", transferList: [port] })
      // Without its thread a connection would wait for ever; the thread itself reports how the process ended.
      .catch((error: unknown) => {
        connection.abandon(error);
      });
    return connection;
  }

  private stop(thread: Piscina): void {
    const stopped = thread.destroy().then(() => {
      this.threads.delete(stopped);
    });
    this.threads.add(stopped);
  }
}

/**
 * A pool of one thread. Its task returns once the process is started, and the thread watches on by itself: a task in
 * progress would keep the program from ending while a device is open and idle.
 */
function deviceThread(): Piscina {
  return new Piscina({
    filename: fileURLToPath(new URL("../dist/thread/main.js", import.meta.url)),
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
    // A device thread must react to frames at once; the synchronous wait of the default would block its event loop.
    atomics: "disabled",
    // Flags of the host program, such as module conditions, must not change what the thread loads.
    execArgv: [],
  });
}

function idOf(device: string | DeviceInfo): string {
  return typeof device === "string" ? device : device.id;
}
