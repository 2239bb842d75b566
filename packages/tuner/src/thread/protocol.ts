// What the thread of a search and its owner say to each other.
import type { Observation } from "../observation.ts";
import type { Prior } from "../prior.ts";
import type { MetricBound, Objective } from "../problem.ts";
import type { SpaceDeclaration } from "../space/declaration.ts";
import type { Proposal } from "../strategy.ts";

/** What a thread starts with: everything as plain data. */
export interface ThreadSetup {
  readonly space: SpaceDeclaration;
  readonly objectives: readonly [Objective, ...Objective[]];
  readonly bounds?: readonly MetricBound[];
  readonly strategy: string;
  readonly seed: number;
  readonly prior?: Prior;
}

/** A request; each gets exactly one reply with its number. */
export type ThreadRequest =
  | { readonly id: number; readonly kind: "ask"; readonly count: number }
  | { readonly id: number; readonly kind: "tell"; readonly observation: Observation };

/** A reply. An error is its code and message, since classes do not survive the way. */
export type ThreadReply =
  | { readonly id: number; readonly kind: "proposals"; readonly proposals: readonly Proposal[] }
  | { readonly id: number; readonly kind: "told" }
  | {
      readonly id: number;
      readonly kind: "error";
      readonly code: string;
      readonly message: string;
    };
