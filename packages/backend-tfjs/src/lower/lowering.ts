// The contract of a lowering: one op of the graph becomes kernel calls. Images may lie channels last, the only layout in
// which all engines convolve; whoever needs another layout asks the operand for it.
import type { AttrsOf, OpName, Shape, TensorType } from "@fastgpu/core";
import type { EngineName } from "../engines/engine-name.ts";
import type { EngineTraits } from "../engines/traits.ts";
import type { Edge } from "../tape/tape.ts";
import type { TapeWriter } from "../tape/tape-writer.ts";
import { transposed } from "./kernels.ts";

/** How the elements of a value lie: row-major as the graph has them, or [n, ...s, c] instead of [n, c, ...s]. */
export type Layout = "rows" | "channelsLast";

/** A value of the graph on the tape. */
export class Operand {
  readonly type: TensorType;
  readonly layout: Layout;
  private readonly tape: TapeWriter;
  private readonly edge: Edge;

  constructor(tape: TapeWriter, type: TensorType, edge: Edge, layout: Layout) {
    this.tape = tape;
    this.type = type;
    this.edge = edge;
    this.layout = layout;
  }

  /** The value in a layout; a transposition is added where it lies otherwise. */
  in(layout: Layout): Edge {
    if (layout === this.layout) return this.edge;
    const rank = this.type.shape.length;
    return transposed(this.tape, this.edge, layout === "rows" ? toRows(rank) : toLast(rank));
  }
}

/** What a lowering gets: one node, its operands already on the tape. */
export interface LoweringContext<A> {
  readonly tape: TapeWriter;
  readonly engine: EngineName;
  readonly traits: EngineTraits;
  /** Operands; none has size 0. */
  readonly inputs: readonly Operand[];
  /** Types of the operands, in the same order. */
  readonly types: readonly TensorType[];
  readonly output: TensorType;
  readonly attrs: A;
}

/** Where a lowering has put the value of its node, of type `output`. */
export interface Placed {
  readonly edge: Edge;
  readonly layout: Layout;
}

/** Adds the calls of an op and says where its value is; a register alone means rows. */
export type LoweringOf<A> = (context: LoweringContext<A>) => Edge | Placed;

/** The lowering of the op named K. */
export type Lowering<K extends OpName> = LoweringOf<AttrsOf<K>>;

/** A positive axis. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The operand's register with elements as the graph has them. */
export function rowsOf<A>({ inputs }: LoweringContext<A>, position = 0): Edge {
  return inputs[position]!.in("rows");
}

/** A shape [n, c, ...s] as it lies channels last. */
export function lastShape(shape: Shape): number[] {
  return toLast(shape.length).map((axis) => shape[axis]!);
}

/** The permutation from [n, c, ...s] to [n, ...s, c]. */
export function toLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

function toRows(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}
