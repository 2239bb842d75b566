// Largest element of each window.
import { maxPoolGrad } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { checkDType } from "./elementwise.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import { poolFlops, walkPool } from "./pool.ts";
import { poolAxes, pooledShape, type PoolAttrs } from "./window.ts";

/**
 * x [n, c, ...s] -> [n, c, ...o]; padding never wins. Unspecified: windows with a NaN, and whether a window of nothing
 * but -Infinity gives -Infinity or the least finite number.
 */
export const maxPool: Primitive<PoolAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], attrs) => ({
    dtype: checkDType("maxPool", "float", x!).dtype,
    shape: pooledShape("maxPool", x!.shape, attrs),
  }),
  vjp: ({ inputs: [x], output, grad, attrs }) => [maxPoolGrad(x!, output, grad, attrs)],
  evaluate: ([x], attrs, output) => {
    const result = new Float64Array(sizeOf(output.shape)).fill(-Infinity);
    walkPool(x!.shape, poolAxes("maxPool", x!.shape, attrs), (from, to) => {
      result[to] = Math.max(result[to]!, x!.data[from]!);
    });
    return result;
  },
  flops: (_inputs, attrs, output) => poolFlops(output, attrs),
  bytes: streamedBytes,
};
