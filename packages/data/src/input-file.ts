// Opening a file that a user named: every way in which that fails becomes one clear line. Also unpacks gzip.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Transform } from "node:stream";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError } from "@fastgpu/core";

/** Limit that all readers of this package share. */
export interface InputLimit {
  /** Largest file, and largest content after unpacking, that is read; in bytes. Default 4 GiB. */
  readonly maxBytes?: number;
}

/** Default of `maxBytes`: 4 GiB. */
export const defaultMaxBytes: number = 2 ** 32;

/** An opened file. */
export interface InputFile {
  /** The path, safe to print on one line. */
  readonly name: string;
  /** Unpacked size where it is known before reading: absent for gzip. */
  readonly sizeBytes: number | undefined;
  /** The unpacked content. Its errors want `readError`. */
  readonly content: Readable;
}

/** A path or a value from a file as it may stand in a one-line message: control characters escaped, long text cut. */
export function printable(text: string, maxLength = 200): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A value from a file in quotes, cut and printable: for messages. */
export function quoted(value: string): string {
  return `"${printable(value, 40)}"`;
}

/**
 * Opens a regular file for reading; gzip is recognised by its first two bytes and unpacked.
 *
 * @throws {DataError} if the path is missing, a directory, no regular file, not readable, or larger than the limit
 */
export async function openInput(path: string, limit: InputLimit = {}): Promise<InputFile> {
  const name = printable(path);
  const maxBytes = limit.maxBytes ?? defaultMaxBytes;
  const sizeBytes = await regularFileSize(path, name);
  if (sizeBytes > maxBytes) {
    throw new DataError(
      `${name}: file must have at most ${maxBytes} bytes, got ${sizeBytes}; raise maxBytes to read it`,
    );
  }
  const isPacked = await startsAsGzip(path, name);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const guard = isPacked ? new SizeGuard(name, maxBytes) : new SizeGuard(name, Infinity);
  const stages = isPacked ? [createGunzip({ chunkSize: 1 << 18 })] : [];
  // The error of any stage destroys the guard, whose reader sees it; the promise would only report it a second time.
  pipeline([file, ...stages, guard]).catch(() => undefined);
  return { name, sizeBytes: isPacked ? undefined : sizeBytes, content: guard };
}

/**
 * The whole unpacked content of a file.
 *
 * @throws {DataError} as `openInput`, and if the gzip data is damaged
 */
export async function readInput(path: string, limit: InputLimit = {}): Promise<Buffer> {
  const { name, content } = await openInput(path, limit);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    throw readError(name, error);
  }
  return Buffer.concat(chunks);
}

/** The error of a stream as a `DataError` that names the file; a `DataError` stays as it is. */
export function readError(name: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  const code = codeOf(error);
  const rules: Readonly<Record<string, string>> = {
    ENOENT: "file must exist, got no such file",
    ENOTDIR: "file must exist, got a path through something that is no folder",
    ENAMETOOLONG: "path must be shorter",
    EACCES: "file must be readable, got permission denied",
    EPERM: "file must be readable, got permission denied",
    EISDIR: "path must be a file, got a folder",
    ELOOP: "path must lead to a file, got a circle of links",
    ERR_INVALID_ARG_VALUE: "path must be a path, got a forbidden character in it",
    Z_DATA_ERROR: "file must be sound gzip data, got damaged data",
    Z_BUF_ERROR: "file must be complete gzip data, got a truncated file",
  };
  const rule = rules[code] ?? `file must be readable, got ${printable(code || String(error))}`;
  return new DataError(`${name}: ${rule}`, { cause: error });
}

/** Passes bytes on until there are more than allowed: the guard against small files that unpack to huge ones. */
class SizeGuard extends Transform {
  private readonly fileName: string;
  private readonly maxBytes: number;
  private seenBytes = 0;

  constructor(fileName: string, maxBytes: number) {
    super({ readableHighWaterMark: 1 << 19 });
    this.fileName = fileName;
    this.maxBytes = maxBytes;
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, data?: Buffer) => void,
  ): void {
    this.seenBytes += chunk.length;
    if (this.seenBytes <= this.maxBytes) {
      done(null, chunk);
      return;
    }
    done(
      new DataError(
        `${this.fileName}: unpacked content must have at most ${this.maxBytes} bytes, got more; raise maxBytes to read it`,
      ),
    );
  }
}

async function regularFileSize(path: string, name: string): Promise<number> {
  if (path === "") throw new DataError("loadData: path must name a file, got an empty text");
  const found = await stat(path).catch((error: unknown) => {
    throw readError(name, error);
  });
  if (found.isDirectory()) throw new DataError(`${name}: path must be a file, got a folder`);
  if (!found.isFile())
    throw new DataError(`${name}: path must be a regular file, got a device or pipe`);
  return found.size;
}

async function startsAsGzip(path: string, name: string): Promise<boolean> {
  try {
    const file = await open(path, "r");
    try {
      const start = Buffer.alloc(2);
      const { bytesRead } = await file.read(start, 0, 2, 0);
      return bytesRead === 2 && start[0] === 0x1f && start[1] === 0x8b;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(name, error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}
