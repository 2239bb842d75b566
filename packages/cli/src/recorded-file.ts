// Reads a recorded space from a file: a Kernel Tuner cache or the journal of a study, plain or compressed.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DataError } from "@fastgpu/core";
import {
  parseStudyLines,
  recordedSpaceOf,
  recordedSpaceOfStudy,
  type RecordedSpace,
} from "@fastgpu/tuner";

/** Largest size of the text, as a file of a stranger may unpack to anything. */
const maximumBytes = 1 << 29;

const unzip = promisify(gunzip);

/**
 * The recorded space of a file.
 *
 * @throws {DataError} for a file that is damaged or holds something else
 */
export async function readRecordedSpace(path: string): Promise<RecordedSpace> {
  const bytes = await readFile(path);
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const text = (isCompressed ? await unpack(path, bytes) : bytes).toString("utf8");
  if (/^\s*\{"kind":"header"/.test(text)) {
    return recordedSpaceOfStudy(parseStudyLines(text, path), basename(path));
  }
  return recordedSpaceOf(parse(path, text), basename(path).replace(/\.json(\.gz)?$/, ""));
}

async function unpack(path: string, bytes: Buffer): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: maximumBytes });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "an error";
    throw new DataError(
      `${path}: must be a gzip file of at most ${maximumBytes} bytes, got ${reason}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * A run of Kernel Tuner that was interrupted leaves its cache without the closing braces, and Python writes NaN and Infinity
 * for what was not measured.
 */
function parse(path: string, text: string): unknown {
  const trimmed = text.trimEnd();
  const closed = (part: string): string => `${part.replace(/,$/, "")}}}`;
  const plain = (part: string): string => part.replace(/([:,[]\s*)(?:-?Infinity|NaN)\b/g, "$1null");
  const readings = [(part: string) => part, closed, plain, (part: string) => closed(plain(part))];
  let first: unknown;
  for (const reading of readings) {
    try {
      return JSON.parse(reading(trimmed));
    } catch (error) {
      first ??= error;
    }
  }
  const reason = first instanceof Error ? first.message : "an error";
  throw new DataError(`${path}: must be JSON, got ${reason}`, { cause: first });
}
