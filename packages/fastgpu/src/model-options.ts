// The options and answers of a model that are plain data.
import type { ModelSpec } from "@fastgpu/core";
import type { SymbolicTensor } from "./layers/symbolic-tensor.ts";
import type { OptimizerTrial } from "./auto-optimizer.ts";
import type { RaceEntry } from "./race.ts";

/** How a model is described: nothing for a sequential one, borders for a functional one, or a specification. */
export interface ModelOptions {
  /** Default "model". */
  readonly name?: string;
  /** Entries of a functional model, in the order in which data is given. */
  readonly inputs?: readonly SymbolicTensor[];
  /** Results of a functional model. */
  readonly outputs?: readonly SymbolicTensor[];
  /** A whole model as plain data, such as another model's `spec`. */
  readonly spec?: ModelSpec;
}

/** Options of `Model.save`. */
export interface SaveOptions {
  /** Keeps what the optimizer needs to go on, beside the parameters; default true. */
  readonly optimizer?: boolean;
}

/** Where a compiled model runs. */
export interface Placement {
  readonly backend: string;
  readonly device: string;
  /** Name of the hardware. */
  readonly deviceName: string;
  /** Id of the process that holds the engine. */
  readonly processId: number;
  /** How the candidates did, if there was a choice. */
  readonly race: readonly RaceEntry[];
  /** How the choices of `optimizer: "auto"` did, in order, once the first `fit` has begun. */
  readonly optimizerTrials?: readonly OptimizerTrial[];
  /** The tuned file in use, and how this machine differs from the one it was made on (usually not at all). */
  readonly tuned?: { readonly file: string; readonly differences: readonly string[] };
}
