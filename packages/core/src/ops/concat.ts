// Joins tensors along an axis.
import { ShapeError } from "../errors.ts";
import { sliceAxis } from "../functional.ts";
import { normalizeAxis, sizeOf } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import { splitAt } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** The axis to join along. */
export interface ConcatAttrs {
  readonly axis: number;
}

/** x0 [..., s0, ...], x1 [..., s1, ...], ... -> [..., s0 + s1 + ..., ...]. */
export const concat: Primitive<ConcatAttrs> = {
  kind: "primitive",
  arity: 1,
  variadic: true,
  infer: (inputs, { axis }) => {
    const { dtype, shape } = inputs[0]!;
    const at = normalizeAxis("concat", axis, shape.length);
    let joined = 0;
    for (const input of inputs) {
      const fits =
        input.dtype === dtype &&
        input.shape.length === shape.length &&
        input.shape.every((size, i) => i === at || size === shape[i]);
      if (!fits) {
        throw new ShapeError(
          `concat: operands must agree but for axis ${at}, got ${inputs.map(formatType).join(", ")}`,
        );
      }
      joined += input.shape[at]!;
    }
    return { dtype, shape: shape.map((size, i) => (i === at ? joined : size)) };
  },
  vjp: ({ inputs, grad, attrs: { axis } }) => {
    const at = normalizeAxis("concat", axis, grad.shape.length);
    let start = 0;
    return inputs.map((input) => {
      const limit = start + input.shape[at]!;
      const part = sliceAxis(grad, at, start, limit);
      start = limit;
      return part;
    });
  },
  evaluate: (inputs, { axis }, output) => {
    const at = normalizeAxis("concat", axis, output.shape.length);
    const result = new Float64Array(sizeOf(output.shape));
    const { outer } = splitAt(output.shape, at);
    const row = outer === 0 ? 0 : result.length / outer;
    let column = 0;
    for (const input of inputs) {
      const width = outer === 0 ? 0 : input.data.length / outer;
      for (let i = 0; i < outer; i++) {
        result.set(input.data.subarray(i * width, (i + 1) * width), i * row + column);
      }
      column += width;
    }
    return result;
  },
  flops: () => 0,
  bytes: streamedBytes,
};
