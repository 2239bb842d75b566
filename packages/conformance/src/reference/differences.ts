// Gradients by central differences in float64: the oracle of gradient cases, independent of every gradient rule.
import { evaluate, type Graph, type RefMap } from "@fastgpu/core";

/** Step of a difference: it balances the h^2 truncation error with rounding (cube root of the float64 epsilon). */
const STEP = 6e-6;

/**
 * The derivative of the output `loss` by each element of each named input.
 *
 * @param graph - with a scalar output `loss`
 * @param wrt - names of float inputs
 */
export function centralDifferences(
  graph: Graph,
  inputs: RefMap,
  wrt: readonly string[],
): Record<string, Float64Array> {
  const lossAt = (name: string, index: number, value: number): number => {
    const point = inputs[name]!;
    const moved = { ...point, data: point.data.with(index, value) };
    return evaluate(graph, { ...inputs, [name]: moved }).outputs["loss"]!.data[0]!;
  };
  return Object.fromEntries(
    wrt.map((name) => {
      const { data } = inputs[name]!;
      const slopes = data.map((at, index) => {
        const [above, below] = [at + STEP, at - STEP];
        return (lossAt(name, index, above) - lossAt(name, index, below)) / (above - below);
      });
      return [name, slopes];
    }),
  );
}
