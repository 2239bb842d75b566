// The state that a training program starts from.
import { GraphError } from "../errors.ts";
import { sizeOf } from "../graph/shape.ts";
import { tensorFrom, type HostTensor, type TensorMap } from "../graph/tensor.ts";
import { packState } from "../model/layout.ts";
import { initializeParameters } from "../model/parameters.ts";
import { configureOptimizer } from "../optimizers/optimizer.ts";
import { lossScaleSlots } from "./loss-scale.ts";
import type { TrainStep } from "./train-step.ts";
import { emaSlot, optimizerSlot } from "./update.ts";

/**
 * Every state slot of a training program at its start; the same for the same seed.
 *
 * @param seed - any integer; its low 32 bits count
 * @param given - values by slot name that replace the initial ones, such as trained parameters
 */
export function initialTrainState(step: TrainStep, seed: number, given: TensorMap = {}): TensorMap {
  const { graph, parameters, layout, options } = step;
  const packed = { ...packState(layout, initializeParameters(parameters, seed)), ...given };
  const optimizer = configureOptimizer(options.optimizer);
  const fills = new Map<string, number>([
    [lossScaleSlots.scale, options.lossScaling?.scale ?? 1],
    ...layout.slots.flatMap(({ name: slot }) =>
      optimizer.slots.map(({ name, initial }) => [optimizerSlot(name, slot), initial] as const),
    ),
  ]);
  const averages = new Map(layout.slots.map(({ name }) => [emaSlot(name), name]));
  const entries = graph.state.map(({ name, node }): readonly [string, HostTensor] => {
    const value = packed[name] ?? packed[averages.get(name) ?? ""];
    if (value !== undefined) return [name, value];
    const type = graph.nodes[node]?.type;
    if (type === undefined) throw new GraphError(`state: "${name}" must have a node, got ${node}`);
    const fill = new Array<number>(sizeOf(type.shape)).fill(fills.get(name) ?? 0);
    return [name, tensorFrom(type.dtype, type.shape, fill)];
  });
  return Object.fromEntries(entries);
}
