// Frames on the byte stream between a device thread and its backend process: 16 bytes of header, then a payload made by
// v8.serialize, which carries typed arrays as raw bytes, so tensors never become JSON.
import { FrameError } from "./frame-error.ts";

/** Size of the header in bytes. */
export const headerBytes = 16;

/** What a frame is: who may send it and what its payload holds. */
export const frameKinds = ["request", "reply", "failure", "event", "heartbeat", "abort"] as const;

/** See `frameKinds`; `reply` and `failure` end a request, `event` reports on one. */
export type FrameKind = (typeof frameKinds)[number];

/** One message; `id` ties replies and events to their request. */
export interface Frame {
  readonly kind: FrameKind;
  readonly id: number;
  readonly payload: Uint8Array;
}

/** First word of every frame; anything else on the stream means that both ends lost step. */
const magic = 0x46475055;

/** The header that goes before a payload of `byteLength` bytes (below 4 GiB). */
export function encodeHeader(kind: FrameKind, id: number, byteLength: number): Uint8Array {
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  view.setUint32(0, magic);
  view.setUint32(4, byteLength);
  view.setUint32(8, id);
  view.setUint32(12, frameKinds.indexOf(kind));
  return header;
}

/** Cuts a byte stream into frames. Payloads are fresh buffers, so they may be transferred. */
export class FrameReader {
  private readonly onFrame: (frame: Frame) => void;
  private readonly header: Uint8Array = new Uint8Array(headerBytes);
  private headerFill = 0;
  private payload: Uint8Array | undefined;
  private payloadFill = 0;

  /** @param onFrame - called once per complete frame, in order */
  constructor(onFrame: (frame: Frame) => void) {
    this.onFrame = onFrame;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @throws {FrameError} if the bytes are not frames
   */
  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      offset +=
        this.payload === undefined
          ? this.takeHeader(chunk, offset)
          : this.takePayload(chunk, offset);
      this.finish();
    }
  }

  private takeHeader(chunk: Uint8Array, offset: number): number {
    const taken = Math.min(headerBytes - this.headerFill, chunk.length - offset);
    this.header.set(chunk.subarray(offset, offset + taken), this.headerFill);
    this.headerFill += taken;
    if (this.headerFill === headerBytes) {
      const view = new DataView(this.header.buffer);
      if (view.getUint32(0) !== magic) throw new FrameError(view.getUint32(0));
      this.payload = new Uint8Array(view.getUint32(4));
      this.payloadFill = 0;
    }
    return taken;
  }

  private takePayload(chunk: Uint8Array, offset: number): number {
    const payload = this.payload ?? new Uint8Array(0);
    const taken = Math.min(payload.length - this.payloadFill, chunk.length - offset);
    payload.set(chunk.subarray(offset, offset + taken), this.payloadFill);
    this.payloadFill += taken;
    return taken;
  }

  private finish(): void {
    if (this.payload === undefined || this.payloadFill < this.payload.length) return;
    const view = new DataView(this.header.buffer);
    const kind = frameKinds[view.getUint32(12)];
    if (kind === undefined) throw new FrameError(view.getUint32(12));
    const frame: Frame = { kind, id: view.getUint32(8), payload: this.payload };
    this.headerFill = 0;
    this.payload = undefined;
    this.onFrame(frame);
  }
}
