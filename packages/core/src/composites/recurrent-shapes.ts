// The type rule that steps of recurrent layers share: all operands follow from rows, features and units.
import { ShapeError } from "../errors.ts";
import { sameShape, type Shape } from "../graph/shape.ts";
import { formatType, type TensorType } from "../graph/tensor.ts";
import { requireFloat } from "./activation.ts";

/** What a step takes and gives. Operand 0 is x [rows, features], operand 1 is h [rows, units]. */
export interface StepRule {
  readonly names: readonly string[];
  /** Shapes of all operands. */
  readonly shapes: (rows: number, features: number, units: number) => readonly Shape[];
  readonly result: (rows: number, units: number) => Shape;
}

/** @throws {ShapeError} if an operand has another shape or dtype than follows from x and h */
export function inferStep(op: string, inputs: readonly TensorType[], rule: StepRule): TensorType {
  const [x, h] = inputs;
  const { dtype } = requireFloat(op, x!);
  const [rows = 0, features = 0] = x!.shape;
  const units = h!.shape[1] ?? 0;
  const shapes = rule.shapes(rows, features, units);
  inputs.forEach((input, i) => {
    const expected: TensorType = { dtype, shape: shapes[i]! };
    if (input.dtype === dtype && sameShape(input.shape, expected.shape)) return;
    throw new ShapeError(
      `${op}: ${rule.names[i]!} must be ${formatType(expected)} with x=${formatType(x!)} and h=${formatType(h!)}, got ${formatType(input)}`,
    );
  });
  return { dtype, shape: rule.result(rows, units) };
}
