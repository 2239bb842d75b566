// Collectives: on one device they pass their operand on.
import type { LoweringOf } from "./lowering.ts";

/** The operand itself, where it lies. */
export const passOn: LoweringOf<unknown> = ({ inputs }) => {
  const { layout } = inputs[0]!;
  return { edge: inputs[0]!.in(layout), layout };
};
