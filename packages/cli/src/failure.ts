// From anything thrown to what the user sees: one line on stderr, an exit code, and with --verbose the stack.
// Codes are looked up by name, so that no error class has to be loaded to ask for help.
import type { ErrorCode } from "@fastgpu/core";
import type { RecordErrorCode } from "@fastgpu/results";
import { exitCodes, type ExitCode } from "./exit-code.ts";

/** A failed call of the command line. */
export interface Failure {
  /** Stable code of the error, `INTERNAL` for a fault of the program. */
  readonly code: string;
  /** One line without control characters. */
  readonly message: string;
  readonly exitCode: ExitCode;
  readonly stack: string;
}

/** Codes of `FastGpuError` and `RecordError`, and what they mean for the caller; docs/errors.md lists them. */
export const exitCodeOf: Readonly<Record<ErrorCode | RecordErrorCode, ExitCode>> = {
  SHAPE: exitCodes.badInput,
  GRAPH: exitCodes.badInput,
  UNSUPPORTED_OP: exitCodes.badInput,
  NOT_DIFFERENTIABLE: exitCodes.badInput,
  BACKEND_UNAVAILABLE: exitCodes.badInput,
  MODEL: exitCodes.badInput,
  DATA: exitCodes.badInput,
  SUITE: exitCodes.badInput,
  USAGE: exitCodes.badInput,
  RECORD_INVALID: exitCodes.badInput,
  RECORD_VERSION: exitCodes.badInput,
  MEASUREMENT: exitCodes.nothingMeasured,
  STATISTICS: exitCodes.nothingMeasured,
  OUT_OF_MEMORY: exitCodes.crashed,
  DEVICE_LOST: exitCodes.crashed,
  TIMEOUT: exitCodes.crashed,
  ENGINE: exitCodes.crashed,
  CANCELLED: exitCodes.interrupted,
};

/** System errors that a user's path or disk causes, in words. */
const systemRules: Readonly<Record<string, string>> = {
  ENOENT: "file must exist",
  ENOTDIR: "parent must be a folder",
  EISDIR: "path must be a file, not a folder",
  EEXIST: "path must not exist yet",
  EACCES: "access must be permitted",
  EPERM: "operation must be permitted",
  EROFS: "file system must be writable",
  ENOSPC: "disk must have room",
  EMFILE: "fewer files must be open",
  ENAMETOOLONG: "path must be shorter",
};

/** Describes anything thrown. */
export function describeFailure(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const stack = stackOf(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (isOurs(code)) {
    const exitCode = exitCodeOf[code];
    const fix = "fix" in error && typeof error.fix === "string" ? error.fix : "";
    const repeated = fix === "" || error.message.includes(fix);
    return {
      code,
      message: oneLine(repeated ? error.message : `${error.message}; ${fix}`),
      exitCode,
      stack,
    };
  }
  // What an AbortSignal throws: only the user aborts.
  if (error.name === "AbortError") {
    const message = "stopped before the end";
    return { code: "CANCELLED", message, exitCode: exitCodes.interrupted, stack };
  }
  const rule = systemRules[code];
  if (rule !== undefined) {
    const path = "path" in error && typeof error.path === "string" ? error.path : "file";
    return {
      code,
      message: oneLine(`${path}: ${rule}, got ${code}`),
      exitCode: exitCodes.badInput,
      stack,
    };
  }
  const message = `internal: the program must not fail here, got ${error.name}: ${error.message}; run again with --verbose and report the output`;
  return { code: "INTERNAL", message: oneLine(message), exitCode: exitCodes.internal, stack };
}

function isOurs(code: string): code is keyof typeof exitCodeOf {
  return Object.hasOwn(exitCodeOf, code);
}

/** What stderr gets: one line, and the stack below it on request. */
export function failureText({ message, stack }: Failure, isVerbose: boolean): string {
  const line = `error: ${oneLine(message)}\n`;
  return isVerbose ? `${line}${stack}\n` : line;
}

// The message may quote a file of a stranger; it must neither add lines nor move the cursor.
function oneLine(message: string): string {
  return message
    .replace(/\s+/g, " ")
    .replace(/[\p{Cc}\p{Cf}]/gu, "\uFFFD")
    .trim();
}

function stackOf(error: Error): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? `${own}\ncaused by: ${stackOf(error.cause)}` : own;
}
