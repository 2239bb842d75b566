// The caller's end of one backend process: requests out, replies and events in, and exactly one end.
import { deserialize, serialize } from "node:v8";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import {
  BackendCrashedError,
  BackendTimeoutError,
  CancelledError,
  OutOfMemoryError,
  type WireError,
} from "./errors.ts";
import type { FastGpuError } from "@fastgpu/core";
import type { FromThread, ToThread } from "./thread/messages.ts";
import type { ReplyOf, Request } from "./wire/messages.ts";
import { fromWireError } from "./wire/errors.ts";

/** How one request may end early and where its events go. */
export interface RequestOptions {
  /** Aborting asks the process to stop; the request then rejects with what the process answers. */
  readonly signal?: AbortSignal;
  /** Longest time, ms; beyond it the process is killed. */
  readonly timeoutMs?: number;
  readonly onEvent?: (event: unknown) => void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

type Ended = Extract<FromThread, { kind: "ended" }>;

/** One backend process as seen by its user. */
export class Connection {
  /** Settles when the process has ended, whatever the cause; never rejects. */
  readonly ended: Promise<Ended>;
  /** The port that the device thread gets. */
  readonly threadPort: MessagePort;
  /** Process id once started, 0 before. */
  pid = 0;
  /** What could not be pinned on this platform. */
  notices: readonly string[] = [];
  private readonly label: string;
  private readonly port: MessagePort;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private end: Ended | undefined;
  private resolveEnded: (ended: Ended) => void = () => undefined;

  /** @param label - names the device in messages */
  constructor(label: string) {
    this.label = label;
    const channel = new MessageChannel();
    this.port = channel.port1;
    this.threadPort = channel.port2;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.port.on("message", (message: FromThread) => {
      this.receive(message);
    });
    this.port.on("close", () => {
      this.finish({
        kind: "ended",
        cause: "crashed",
        detail: "its thread ended",
        end: { stderrTail: "" },
      });
    });
    // A program must be able to end while a device is idle; open requests hold it.
    this.port.unref();
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @throws {BackendCrashedError} if the process dies first
   * @throws {BackendTimeoutError} if it takes longer than its limit or the process falls silent
   * @throws {OutOfMemoryError} if memory runs out
   * @throws {CancelledError} if the device is closed first
   */
  request<R extends Request>(
    request: R,
    options: RequestOptions = {},
  ): Promise<ReplyOf[R["kind"]]> {
    if (this.end !== undefined) return Promise.reject(this.errorOf(this.end));
    const id = this.nextId++;
    return new Promise<unknown>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onEvent: options.onEvent });
      this.port.ref();
      const limit = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
      const payload = serializeCompact(request);
      this.post({ kind: "request", id, payload, ...limit }, [payload.buffer as ArrayBuffer]);
      const abort = (): void => {
        this.post({ kind: "abort", id });
      };
      if (options.signal?.aborted === true) abort();
      else options.signal?.addEventListener("abort", abort, { once: true });
    }) as Promise<ReplyOf[R["kind"]]>;
  }

  /** Ends the process in order; resolves when it is gone. */
  async close(): Promise<void> {
    if (this.end !== undefined) return;
    this.port.ref();
    this.post({ kind: "close" });
    await this.ended;
  }

  /** Ends the process at once; open requests reject with `CancelledError`. */
  async kill(): Promise<void> {
    if (this.end !== undefined) return;
    this.port.ref();
    this.post({ kind: "kill", cause: "cancelled" });
    await this.ended;
  }

  /** Ends the connection because its thread could not do its work. */
  abandon(error: unknown): void {
    const detail = `its device thread failed: ${error instanceof Error ? error.message : String(error)}`;
    this.finish({ kind: "ended", cause: "crashed", detail, end: { stderrTail: detail } });
  }

  private receive(message: FromThread): void {
    switch (message.kind) {
      case "started":
        this.pid = message.pid;
        this.notices = message.notices;
        return;
      case "ended":
        this.finish(message);
        return;
      case "frame":
        this.settle(message);
    }
  }

  private settle(message: Extract<FromThread, { kind: "frame" }>): void {
    const pending = this.pending.get(message.id);
    if (pending === undefined) return;
    const value = deserialize(message.payload) as unknown;
    if (message.frame === "event") {
      pending.onEvent?.(value);
      return;
    }
    this.pending.delete(message.id);
    if (this.pending.size === 0) this.port.unref();
    if (message.frame === "reply") pending.resolve(value);
    else pending.reject(fromWireError(value as WireError));
  }

  private finish(ended: Ended): void {
    if (this.end !== undefined) return;
    this.end = ended;
    this.port.close();
    for (const pending of this.pending.values()) pending.reject(this.errorOf(ended));
    this.pending.clear();
    this.resolveEnded(ended);
  }

  private errorOf({ cause, detail, end }: Ended): FastGpuError {
    const how =
      end.signal === undefined ? `exit code ${end.exitCode ?? "unknown"}` : `signal ${end.signal}`;
    const where = `backend process ${this.label}`;
    switch (cause) {
      case "out-of-memory":
        return new OutOfMemoryError(`${where}: must fit into memory, got ${detail || how}`, {
          end,
        });
      case "timeout":
        return new BackendTimeoutError(`${where}: must answer in time, got ${detail}`);
      case "cancelled":
        return new CancelledError(`${where}: was ended by its caller`);
      case "closed":
        return new CancelledError(`${where}: must be open, got a closed one`);
      case "crashed":
        return new BackendCrashedError(
          `${where}: must stay alive, got ${how}${lastLine(end.stderrTail)}`,
          end,
        );
    }
  }

  private post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

/** v8.serialize may return a view of a larger pool; only an exact buffer can be transferred without its neighbours. */
function serializeCompact(value: unknown): Uint8Array {
  const bytes = serialize(value);
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line === "" ? "" : ` (${line.slice(0, 200)})`;
}
