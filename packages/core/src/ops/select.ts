// condition ? a : b, with numpy broadcasting over all three.
import { ShapeError } from "../errors.ts";
import { select as choose, sumTo } from "../functional.ts";
import { broadcastShapes, sizeOf } from "../graph/shape.ts";
import { broadcastIndex } from "./broadcast-index.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** Takes a where the condition holds and b elsewhere; a NaN on the side not taken does not leak through. */
export const select: Primitive = {
  kind: "primitive",
  arity: 3,
  infer: ([condition, a, b]) => {
    if (condition!.dtype !== "bool" || a!.dtype !== b!.dtype) {
      throw new ShapeError(
        `select: condition must be bool and branches of one dtype, got ${condition!.dtype}, a=${a!.dtype}, b=${b!.dtype}`,
      );
    }
    const branches = broadcastShapes("select", a!.shape, b!.shape);
    return { dtype: a!.dtype, shape: broadcastShapes("select", condition!.shape, branches) };
  },
  vjp: ({ inputs: [condition, a, b], grad }) => [
    undefined,
    sumTo(choose(condition!, grad, 0), a!.shape),
    sumTo(choose(condition!, 0, grad), b!.shape),
  ],
  evaluate: (inputs, _attrs, output) => {
    const [condition, a, b] = inputs;
    const [at, atA, atB] = inputs.map((input) => broadcastIndex(input.shape, output.shape));
    return Float64Array.from({ length: sizeOf(output.shape) }, (_, i) =>
      condition!.data[at!(i)]! !== 0 ? a!.data[atA!(i)]! : b!.data[atB!(i)]!,
    );
  },
  flops: (_inputs, _attrs, output) => sizeOf(output.shape),
  bytes: streamedBytes,
};
