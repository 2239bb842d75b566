// A value under construction: a node of a GraphBuilder, with its type at hand so that formulas read as formulas.
import type { DType } from "./dtype.ts";
import type { Shape } from "./shape.ts";
import type { TensorType } from "./tensor.ts";
import type { AttrsOf, OpName } from "./graph.ts";

/** The part of GraphBuilder that formulas use; ops and layers depend on this and not on the builder's module. */
export interface Emitter {
  /** Appends a node and infers its type. Throws ShapeError if the inputs do not fit. */
  op<K extends OpName>(op: K, inputs: readonly Value[], attrs: AttrsOf<K>): Value;
  /** A scalar constant. */
  scalar(value: number, dtype: DType): Value;
}

/** A node of a graph under construction. */
export interface Value {
  readonly id: number;
  readonly type: TensorType;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly emitter: Emitter;
}
