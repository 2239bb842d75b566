// Entry of a device thread (a piscina task): starts one backend process, relays frames, watches for silence, exits and
// memory, and reports exactly one end.
import type { Duplex } from "node:stream";
import type { MessagePort } from "node:worker_threads";
import type { ProcessEnd } from "../errors.ts";
import { encodeHeader, FrameReader, type Frame } from "../wire/frame.ts";
import { classifyEnd, oomKills, residentBytes, type EndCause } from "./exit.ts";
import type { FromThread, SuperviseTask, ToThread } from "./messages.ts";
import { spawnBackend, type Spawned } from "./spawn.ts";

const watchMs = 100;
const closeGraceMs = 2000;
const stderrTailBytes = 4096;

/** Starts the process and watches it until it has ended; returns at once. */
export function supervise(task: SuperviseTask & { readonly port: MessagePort }): void {
  new Supervisor(task, task.port).start();
}

class Supervisor {
  private readonly task: SuperviseTask;
  private readonly port: MessagePort;
  private readonly spawned: Spawned;
  private readonly oomKillsBefore = oomKills();
  /** Deadline of each open request by `performance.now()`. */
  private readonly open = new Map<number, number>();
  private lastHeard = performance.now();
  private alive = false;
  private stderrTail = "";
  private killCause: { readonly cause: EndCause; readonly detail: string } | undefined;
  private watcher: NodeJS.Timeout | undefined;

  constructor(task: SuperviseTask, port: MessagePort) {
    this.task = task;
    this.port = port;
    this.spawned = spawnBackend(task.process);
  }

  start(): void {
    const { child, notices } = this.spawned;
    this.post({ kind: "started", pid: child.pid ?? 0, notices });
    const reader = new FrameReader((frame) => {
      this.relay(frame);
    });
    this.stream().on("data", (chunk: Uint8Array) => {
      this.lastHeard = performance.now();
      reader.push(chunk);
    });
    this.stream().on("error", () => undefined); // The exit event tells the story.
    child.stderr?.on("data", (chunk: Uint8Array) => {
      this.stderrTail = (this.stderrTail + Buffer.from(chunk).toString()).slice(-stderrTailBytes);
    });
    child.on("error", (error) => {
      this.finish({ stderrTail: error.message });
    });
    child.on("close", (code, signal) => {
      this.finish({
        ...(code === null ? {} : { exitCode: code }),
        ...(signal === null ? {} : { signal }),
        stderrTail: this.stderrTail,
      });
    });
    this.port.on("message", (message: ToThread) => {
      this.receive(message);
    });
    this.port.on("close", () => {
      this.kill("cancelled", "the caller is gone");
    });
    this.watcher = setInterval(() => {
      this.watch();
    }, watchMs);
  }

  private receive(message: ToThread): void {
    switch (message.kind) {
      case "request": {
        const limit = message.timeoutMs ?? Infinity;
        this.open.set(message.id, performance.now() + limit);
        // Silence before a request says nothing about the request.
        this.lastHeard = performance.now();
        this.write("request", message.id, message.payload);
        return;
      }
      case "abort":
        this.write("abort", message.id, new Uint8Array(0));
        return;
      case "close":
        this.stream().end();
        setTimeout(() => this.spawned.child.kill("SIGKILL"), closeGraceMs).unref();
        return;
      case "kill":
        this.kill(message.cause, "the caller ended it");
    }
  }

  private relay(frame: Frame): void {
    this.alive = true;
    if (frame.kind === "heartbeat") return;
    if (frame.kind !== "event") this.open.delete(frame.id);
    const message: FromThread = {
      kind: "frame",
      frame: frame.kind,
      id: frame.id,
      payload: frame.payload,
    };
    this.port.postMessage(message, [frame.payload.buffer as ArrayBuffer]);
  }

  private write(kind: "request" | "abort", id: number, payload: Uint8Array): void {
    const stream = this.stream();
    if (!stream.writable) return;
    stream.write(encodeHeader(kind, id, payload.length));
    stream.write(payload);
  }

  private watch(): void {
    const now = performance.now();
    const { stallTimeoutMs, startTimeoutMs } = this.task.limits;
    if (!this.alive && now - this.lastHeard > startTimeoutMs) {
      this.kill("timeout", `no sign of life within ${startTimeoutMs} ms of its start`);
    }
    if (this.open.size > 0 && now - this.lastHeard > stallTimeoutMs) {
      this.kill("timeout", `no sign of life for ${stallTimeoutMs} ms`);
    }
    for (const deadline of this.open.values()) {
      if (now > deadline) this.kill("timeout", "a request took longer than its limit");
    }
    const limit = this.task.process.memoryLimitBytes;
    const { pid } = this.spawned.child;
    if (limit !== undefined && pid !== undefined && residentBytes(pid) > limit) {
      this.kill("out-of-memory", `resident memory went over ${limit} bytes`);
    }
  }

  private kill(cause: EndCause, detail: string): void {
    this.killCause ??= { cause, detail };
    this.spawned.child.kill("SIGKILL");
  }

  private finish(end: ProcessEnd): void {
    if (this.watcher === undefined) return;
    clearInterval(this.watcher);
    this.watcher = undefined;
    const cause = this.killCause?.cause ?? classifyEnd(end, this.oomKillsBefore);
    this.post({ kind: "ended", cause, detail: this.killCause?.detail ?? "", end });
    this.port.close();
  }

  private post(message: FromThread): void {
    this.port.postMessage(message);
  }

  private stream(): Duplex {
    return this.spawned.child.stdio[3] as Duplex;
  }
}
