// The messages between `compare` and the program of a side, over Node's IPC channel as JSON. The two programs may be of
// different versions, because each is the one of its checkout.
import type { TrialRecord } from "@fastgpu/results";
import type { SideDescription } from "./side.ts";

/** Version of these messages; both programs must have the same. */
export const sideProtocol = 1;

/** From `compare` to a side. */
export type ToSide =
  | { readonly kind: "run"; readonly key: string; readonly round: number }
  | { readonly kind: "stop" };

/** From a side to `compare`. */
export type FromSide =
  | { readonly kind: "ready"; readonly protocol: number; readonly description: SideDescription }
  | { readonly kind: "trial"; readonly trial: TrialRecord }
  /** The side cannot go on: bad suite, no such backend. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string };
