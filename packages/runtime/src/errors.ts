// How a backend process can end or fail, as typed errors. Every one of them is an outcome that callers report;
// none of them is a hang.
import { FastGpuError, type ErrorCode } from "@fastgpu/core";

/** What is known of a process that died. */
export interface ProcessEnd {
  readonly exitCode?: number;
  readonly signal?: string;
  /** Last lines the process wrote to stderr, at most 4 KiB. */
  readonly stderrTail: string;
}

/** The backend process died while it was needed: native abort, segmentation fault, kill. */
export class BackendCrashedError extends FastGpuError {
  readonly end: ProcessEnd;

  constructor(message: string, end: ProcessEnd) {
    super("DEVICE_LOST", message);
    this.end = end;
  }
}

/** The device, the process or the host ran out of memory, or the process went over its memory limit. */
export class OutOfMemoryError extends FastGpuError {
  readonly end?: ProcessEnd;

  constructor(
    message: string,
    options: { readonly end?: ProcessEnd; readonly cause?: unknown } = {},
  ) {
    super("OUT_OF_MEMORY", message, options);
    if (options.end !== undefined) this.end = options.end;
  }
}

/** A request took longer than its limit, or the process gave no sign of life for the stall limit; it was killed. */
export class BackendTimeoutError extends FastGpuError {
  constructor(message: string) {
    super("TIMEOUT", message);
  }
}

/** The caller aborted the request or closed the device. */
export class CancelledError extends FastGpuError {
  constructor(message: string) {
    super("CANCELLED", message);
  }
}

/** The engine refused or failed an operation; its own message is kept. */
export class EngineError extends FastGpuError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("ENGINE", message, options);
  }
}

/** An error as it crosses a process border. */
export interface WireError {
  readonly code: ErrorCode;
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly fix?: string;
}
