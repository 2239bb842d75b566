// Entry of a backend process: speaks frames on file descriptor 3, answers requests in order, and ends when the stream
// ends. Started by a device thread, never by hand.
import { Socket } from "node:net";
import { deserialize, serialize } from "node:v8";
import { encodeHeader, FrameReader, type Frame, type FrameKind } from "../wire/frame.ts";
import type { Request } from "../wire/messages.ts";
import { toWireError } from "../wire/errors.ts";
import { Session } from "./session.ts";

const heartbeatMs = 500;

process.title = `fastgpu-backend ${process.env["FASTGPU_DEVICE"] ?? ""}`;
// Ctrl-C reaches the whole process group; the main program decides what ends and when.
process.on("SIGINT", () => undefined);

const socket = new Socket({ fd: 3, readable: true, writable: true });
const session = new Session();
const aborts = new Map<number, AbortController>();
let queue: Promise<void> = Promise.resolve();

const reader = new FrameReader((frame) => {
  receive(frame);
});
socket.on("data", (chunk: Uint8Array) => {
  reader.push(chunk);
});
// The other end is gone or has closed the stream: nobody is left to work for.
socket.on("end", () => {
  shutDown();
});
socket.on("error", () => {
  shutDown();
});
setInterval(() => {
  send("heartbeat", 0, undefined);
}, heartbeatMs).unref();
send("heartbeat", 0, undefined);

function receive(frame: Frame): void {
  if (frame.kind === "abort") {
    aborts.get(frame.id)?.abort();
    return;
  }
  const controller = new AbortController();
  aborts.set(frame.id, controller);
  const request = deserialize(frame.payload) as Request;
  queue = queue.then(() => answer(frame.id, request, controller.signal));
}

async function answer(id: number, request: Request, signal: AbortSignal): Promise<void> {
  try {
    const emit = (event: unknown): void => {
      send("event", id, event);
    };
    send("reply", id, await session.answer(request, { signal, emit }));
  } catch (error) {
    send("failure", id, toWireError(error));
  } finally {
    aborts.delete(id);
  }
}

function send(kind: FrameKind, id: number, value: unknown): void {
  const payload = serialize(value);
  socket.cork();
  socket.write(encodeHeader(kind, id, payload.length));
  socket.write(payload);
  socket.uncork();
}

function shutDown(): void {
  const exit = (): never => process.exit(0);
  // Native destructors may hang; half a second is plenty and the caller's thread kills what is left.
  setTimeout(exit, 500).unref();
  session.close().then(exit, exit);
}
