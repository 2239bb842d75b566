// The digits as one small binary file in the user's cache folder, because parsing 20 MB of JSON takes longer than
// everything else a short run does before it trains.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";

/** Digits as bytes: images [n, 784] row-major, labels [n]. */
export interface DigitBytes {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** First bytes of the file: what it is, and the version of its layout. */
const magic = Buffer.from("FGDIGIT1", "latin1");
// magic, number of digits (u32), CRC-32 of all that follows (u32); little-endian.
const headerBytes = 16;
const imageBytes = 784;

/** The cached digits, or undefined if there is no file at `path` or it is not whole. */
export async function readDigitsCache(path: string): Promise<DigitBytes | undefined> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch {
    // Any reason not to have the file (absent, unreadable folder) has the same answer: read the origin.
    return undefined;
  }
  if (file.length < headerBytes || !file.subarray(0, 8).equals(magic)) return undefined;
  const count = file.readUInt32LE(8);
  const body = file.subarray(headerBytes);
  if (body.length !== count * (imageBytes + 1) || crc32(body) !== file.readUInt32LE(12)) {
    return undefined;
  }
  return {
    images: body.subarray(0, count * imageBytes),
    labels: body.subarray(count * imageBytes),
  };
}

/**
 * Writes the cache whole: to a file of its own, then renamed, so that no reader sees half of it.
 *
 * @returns why it could not be written, or undefined if it was
 */
export async function writeDigitsCache(
  path: string,
  digits: DigitBytes,
): Promise<string | undefined> {
  const body = Buffer.concat([digits.images, digits.labels]);
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeUInt32LE(digits.labels.length, 8);
  header.writeUInt32LE(crc32(body), 12);
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, Buffer.concat([header, body]));
    await rename(draft, path);
    return undefined;
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    return error instanceof Error ? error.message : String(error);
  }
}
