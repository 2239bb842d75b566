// What a rule for an op of a graph model is given.
import type { AttrsOf, DType, OpName, Shape } from "@fastgpu/core";
import type { GraphWriter } from "./graph-writer.ts";

/** A value of the graph that is written. */
export interface Operand {
  /** Name of the node that has it. */
  readonly name: string;
  readonly dtype: DType;
  /** Sizes; -1 where the size grows with the batch. */
  readonly shape: Shape;
}

/** A node to be written. */
export interface Written<K extends OpName> {
  readonly attrs: AttrsOf<K>;
  readonly inputs: readonly Operand[];
  readonly output: Omit<Operand, "name">;
  readonly writer: GraphWriter;
  /** @throws {UnsupportedOpError} naming the layer, the rule and what was given */
  readonly refuse: (rule: string, got: string) => never;
}

/** Writes a node; the name of what has its value. */
export type Rule<K extends OpName> = (node: Written<K>) => string;

/** The operand at a place, which the op's arity says is there. */
export function operand({ inputs, refuse }: Written<OpName>, place: number): Operand {
  return inputs[place] ?? refuse(`operand ${place} must be there`, "none");
}

/** Orders of axes between channels first and channels last, for a rank. */
export function layouts(rank: number): {
  readonly toLast: readonly number[];
  readonly toFirst: readonly number[];
} {
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i);
  return {
    toLast: [0, ...spatial.map((i) => i + 2), 1],
    toFirst: [0, rank - 1, ...spatial.map((i) => i + 1)],
  };
}
