// Frames survive any cut of the byte stream, and a stream of something else is refused.
import { expect, test } from "vitest";
import { encodeHeader, FrameReader, type Frame } from "./frame.ts";

test("frames come out whole however the stream is cut", () => {
  const payloads = [
    new Uint8Array(0),
    Uint8Array.of(1),
    Uint8Array.from({ length: 100 }, (_, i) => i),
  ];
  const stream = Uint8Array.from(
    payloads.flatMap((payload, id) => [...encodeHeader("reply", id, payload.length), ...payload]),
  );
  for (const step of [1, 3, 16, 17, stream.length]) {
    const frames: Frame[] = [];
    const reader = new FrameReader((frame) => frames.push(frame));
    for (let i = 0; i < stream.length; i += step) reader.push(stream.subarray(i, i + step));
    expect(frames).toEqual(payloads.map((payload, id) => ({ kind: "reply", id, payload })));
  }
});

test("a stream that holds something else is refused", () => {
  const reader = new FrameReader(() => undefined);
  expect(() => {
    reader.push(Buffer.from("Segmentation fault"));
  }).toThrow("wire: stream must hold frames, got word 0x5365676d");
});
