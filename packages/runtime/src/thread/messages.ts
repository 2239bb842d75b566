// Messages between the caller (main thread) and a device thread. Frame payloads are transferred, not copied.
import type { ProcessEnd } from "../errors.ts";
import type { FrameKind } from "../wire/frame.ts";
import type { EndCause } from "./exit.ts";
import type { ProcessOptions } from "./spawn.ts";

/** Limits that the thread watches over. */
export interface Limits {
  /** Longest time without any sign of life while a request is open, ms. */
  readonly stallTimeoutMs: number;
  /** Longest time from start to the first sign of life, ms. */
  readonly startTimeoutMs: number;
}

/** The task of one device thread. */
export interface SuperviseTask {
  readonly process: ProcessOptions;
  readonly limits: Limits;
}

/** Caller to thread. */
export type ToThread =
  | {
      readonly kind: "request";
      readonly id: number;
      readonly payload: Uint8Array;
      /** Longest time for the whole request, ms. */
      readonly timeoutMs?: number;
    }
  | { readonly kind: "abort"; readonly id: number }
  | { readonly kind: "close" }
  | { readonly kind: "kill"; readonly cause: EndCause };

/** Thread to caller. */
export type FromThread =
  | { readonly kind: "started"; readonly pid: number; readonly notices: readonly string[] }
  | {
      readonly kind: "frame";
      readonly frame: FrameKind;
      readonly id: number;
      readonly payload: Uint8Array;
    }
  | {
      readonly kind: "ended";
      readonly cause: EndCause;
      readonly detail: string;
      readonly end: ProcessEnd;
    };
