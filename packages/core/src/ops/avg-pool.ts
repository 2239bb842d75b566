// Mean of each window.
import { avgPoolGrad } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { checkDType } from "./elementwise.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import { divisors, poolFlops, walkPool } from "./pool.ts";
import { poolAxes, pooledShape, type AvgPoolAttrs } from "./window.ts";

/** x [n, c, ...s] -> [n, c, ...o]; the padding counts as zeros if countIncludePad, else not at all. */
export const avgPool: Primitive<AvgPoolAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], attrs) => ({
    dtype: checkDType("avgPool", "float", x!).dtype,
    shape: pooledShape("avgPool", x!.shape, attrs),
  }),
  vjp: ({ inputs: [x], grad, attrs }) => [avgPoolGrad(grad, x!.shape, attrs)],
  evaluate: ([x], attrs, output) => {
    const axes = poolAxes("avgPool", x!.shape, attrs);
    const counts = divisors(axes, attrs);
    const result = new Float64Array(sizeOf(output.shape));
    walkPool(x!.shape, axes, (from, to) => {
      result[to] = result[to]! + x!.data[from]!;
    });
    return result.map((sum, i) => sum / counts[i % counts.length]!);
  },
  flops: (_inputs, attrs, output) => poolFlops(output, attrs),
  bytes: streamedBytes,
};
