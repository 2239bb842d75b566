// What one backend process holds: its backend, its open device, and the objects that callers know by handle.
import {
  BackendUnavailableError,
  UsageError,
  type Backend,
  type Device,
  type DeviceInfo,
  type Executable,
  type State,
} from "@fastgpu/core";
import type { Handle, ProcessMemory, ReplyOf, Request } from "../wire/messages.ts";
import type { Job, JobContext } from "./job.ts";
import { loadBackend } from "./load-backend.ts";

/** What a request may use beside its own fields. */
export interface RequestScope {
  readonly signal: AbortSignal;
  readonly emit: (event: unknown) => void;
}

type Held =
  | { readonly kind: "state"; readonly state: State }
  | { readonly kind: "executable"; readonly executable: Executable };

/** Answers requests one after another; the caller keeps their order. */
export class Session {
  private backend: Backend | undefined;
  private device: Device | undefined;
  private readonly held = new Map<Handle, Held>();
  private readonly resources = new Map<string, unknown>();
  private nextHandle = 1;

  /** Answers one request. Engine errors pass through as they are. */
  async answer(request: Request, scope: RequestScope): Promise<ReplyOf[Request["kind"]]> {
    switch (request.kind) {
      case "devices":
        return listDevices(await this.load(request.backend), request.isDefaultEnough);
      case "diagnose":
        return (await (await this.load(request.backend)).diagnose?.()) ?? [];
      case "open":
        return this.open(request);
      case "supports":
        return this.opened().supports(request.graph);
      case "createState":
        return this.hold({
          kind: "state",
          state: await this.opened().createState(request.initial),
        });
      case "readState":
        return this.stateOf(request.state).read(request.names);
      case "writeState":
        await this.stateOf(request.state).write(request.values);
        return undefined;
      case "compile":
        return this.compile(request);
      case "run":
        return this.executableOf(request.executable).run(request.inputs, request.fetch);
      case "sync":
        await this.executableOf(request.executable).sync();
        return undefined;
      case "timings":
        return this.executableOf(request.executable).timings?.();
      case "counters":
        return this.opened().counters();
      case "memory":
        return processMemory();
      case "dispose":
        await this.dispose(request.handle);
        return undefined;
      case "job":
        return this.runJob(request, scope);
    }
  }

  /** Frees the device. */
  async close(): Promise<void> {
    await this.device?.dispose();
    this.device = undefined;
  }

  private async load(name: string): Promise<Backend> {
    this.backend ??= await loadBackend(name);
    return this.backend;
  }

  private async open(request: Extract<Request, { kind: "open" }>): Promise<ReplyOf["open"]> {
    const backend = await this.load(request.backend);
    const { device } = request;
    // To list devices is to probe them, which takes seconds for some; who has listed them need not do so again.
    const wanted = typeof device === "string" ? await findDevice(backend, device) : device;
    this.device = await backend.open(wanted, request.options);
    return this.device.info;
  }

  private async compile(request: Extract<Request, { kind: "compile" }>): Promise<Handle> {
    const state = request.state === undefined ? undefined : this.stateOf(request.state);
    const executable = await this.opened().compile(request.graph, state, request.options);
    return this.hold({ kind: "executable", executable });
  }

  private async runJob(
    request: Extract<Request, { kind: "job" }>,
    { signal, emit }: RequestScope,
  ): Promise<unknown> {
    const loaded = (await import(request.job.module)) as Record<string, unknown>;
    const job = loaded[request.job.name];
    if (typeof job !== "function") {
      throw new UsageError(`job: ${request.job.module} must export ${request.job.name}, got none`);
    }
    const context: JobContext = {
      device: this.opened(),
      signal,
      emit,
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
      state: (handle) => this.stateOf(handle),
      executable: (handle) => this.executableOf(handle),
      resources: this.resources,
      memory: processMemory,
    };
    return (job as Job)(context, request.argument);
  }

  private opened(): Device {
    if (this.device === undefined)
      throw new UsageError("backend process: open must come first, got none");
    return this.device;
  }

  private hold(object: Held): Handle {
    const handle = this.nextHandle++;
    this.held.set(handle, object);
    return handle;
  }

  private stateOf(handle: Handle): State {
    const object = this.held.get(handle);
    if (object?.kind !== "state")
      throw new UsageError(`backend process: handle ${handle} must be a live state`);
    return object.state;
  }

  private executableOf(handle: Handle): Executable {
    const object = this.held.get(handle);
    if (object?.kind !== "executable") {
      throw new UsageError(`backend process: handle ${handle} must be a live executable`);
    }
    return object.executable;
  }

  private async dispose(handle: Handle): Promise<void> {
    const object = this.held.get(handle);
    this.held.delete(handle);
    if (object?.kind === "state") await object.state.dispose();
    if (object?.kind === "executable") await object.executable.dispose();
  }
}

async function listDevices(
  backend: Backend,
  isDefaultEnough = false,
): Promise<readonly DeviceInfo[]> {
  const known = isDefaultEnough ? await backend.find?.("default") : undefined;
  return known === undefined ? backend.devices() : [known];
}

async function findDevice(backend: Backend, wanted: string): Promise<DeviceInfo> {
  const known = await backend.find?.(wanted);
  if (known !== undefined) return known;
  const devices = await backend.devices();
  const found = wanted === "default" ? devices[0] : devices.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  const ids = devices.map(({ id }) => id).join(", ") || "none";
  throw new BackendUnavailableError(
    `backend ${backend.name}: device must be one of its devices (${ids}), got "${wanted}"`,
    { fix: "fastgpu-bench doctor" },
  );
}

function processMemory(): ProcessMemory {
  // maxRSS is in KiB on every platform that Node supports.
  return {
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}
