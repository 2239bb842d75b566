// Code that runs inside the backend process, next to the device: measuring loops and training epochs. A job is an
// exported function of a compiled module, so that no per-step message crosses the process border.
import type { Device, Executable, State } from "@fastgpu/core";
import type { Handle, ProcessMemory } from "../wire/messages.ts";

/** What a job may use. */
export interface JobContext<E = unknown> {
  /** The device that the process has open. */
  readonly device: Device;
  /** Aborted when the caller cancels; a job should look at it between steps. */
  readonly signal: AbortSignal;
  /** Sends a progress event to the caller; also counts as a sign of life. */
  readonly emit: (event: E) => void;
  /** Gives the process's event loop a turn, so that heartbeats and cancellations get through a busy loop. */
  readonly breathe: () => Promise<void>;
  /** A state that was made by an earlier request. */
  readonly state: (handle: Handle) => State;
  /** A program that was compiled by an earlier request. */
  readonly executable: (handle: Handle) => Executable;
  /** Keeps a value for later jobs of the same process, such as a resident data set. */
  readonly resources: Map<string, unknown>;
  readonly memory: () => ProcessMemory;
}

/** A function that runs in the backend process; argument and result are structured-clone data. */
export type Job<A = unknown, R = unknown, E = unknown> = (
  context: JobContext<E>,
  argument: A,
) => Promise<R>;
