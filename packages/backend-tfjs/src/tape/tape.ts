// A compiled program: kernel calls in order over numbered registers, each freed after its last use. Plain data.
import type { KernelType } from "./kernel-type.ts";

/** A register: the place of one value of a tape. */
export type Edge = number;

/** One kernel call. Inputs by the names of the kernel; a list is one input of several tensors, such as Concat's. */
export interface Call {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Edge>> | readonly Edge[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly results: readonly Edge[];
  /** Registers that nothing needs after this call. */
  readonly frees: readonly Edge[];
  /** Op of the graph it stands for and where that comes from; for profiles. */
  readonly op: string;
}

/** A value known when the program is compiled. */
export interface TapeConstant {
  readonly edge: Edge;
  readonly type: KernelType;
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Calls with the types of all registers. */
export interface Tape {
  readonly calls: readonly Call[];
  readonly constants: readonly TapeConstant[];
  readonly types: readonly KernelType[];
}
