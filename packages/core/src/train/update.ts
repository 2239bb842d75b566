// The update of a training step: from gradients to the next value of every state slot.
import { UsageError } from "../errors.ts";
import { add, cast, div, mul, select } from "../functional.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/value.ts";
import { stepSlot } from "../model/emit.ts";
import type { SlotLayout } from "../model/layout.ts";
import type { ParameterInfo } from "../model/parameters.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { penaltyGradient } from "../regularizers/penalty.ts";
import { clipGradients, type Clip } from "./clip.ts";
import { allFinite, lossScale, updateLossScale, type LossScaling } from "./loss-scale.ts";

/** A trained slot and the gradient of the (scaled) loss with respect to it, summed over devices. */
export interface SlotUpdate {
  readonly slot: SlotLayout;
  /** Any of its parameters: they are all treated alike. */
  readonly info: ParameterInfo;
  readonly gradient: Value;
}

/** Parts of the training options that matter here. */
export interface UpdateOptions {
  readonly clip?: Clip;
  readonly ema?: { readonly decay: number };
  readonly lossScaling?: LossScaling;
}

/** A next value of a slot that the forward pass worked out. */
export interface SlotNext {
  readonly name: string;
  readonly next: Value;
}

/** Name of the slot in which an optimizer keeps tensor `name` for a parameter slot. */
export function optimizerSlot(name: string, slot: string): string {
  return `optimizer/${name}/${slot}`;
}

/** Name of the slot of the moving average of a parameter slot. */
export function emaSlot(slot: string): string {
  return `ema/${slot}`;
}

/**
 * Sets the next value of every slot: parameters, optimizer tensors, averages, statistics, step and loss scale. With an
 * adapting loss scale, a step whose gradients are not finite changes nothing but the scale.
 */
export function emitUpdates(
  builder: GraphBuilder,
  optimizer: Optimizer,
  updates: readonly SlotUpdate[],
  statistics: readonly SlotNext[],
  options: UpdateOptions,
): void {
  const { lossScaling, clip } = options;
  const isFiniteStep = finiteness(builder, updates, lossScaling);
  const ready = updates.map((update) => prepareGradient(builder, update, lossScaling));
  const step = builder.state(stepSlot, "i32", []);
  const finished = cast(step, "f32");
  const learningRate = optimizer.learningRate(finished);
  const rule = optimizer.begin({ count: add(finished, 1), learningRate });
  const nexts: SlotNext[] = [...statistics, { name: stepSlot, next: add(step, 1) }];
  for (const { slot, info, gradient } of clipGradients(ready, clip)) {
    const read = (name: string): Value => builder.state(name, "f32", slot.shape);
    const names = optimizer.slots.map(({ name }) => optimizerSlot(name, slot.name));
    const { parameter, slots } = rule({
      parameter: read(slot.name),
      gradient,
      isDecayed: info.isDecayed,
      slots: names.map(read),
    });
    nexts.push({ name: slot.name, next: parameter });
    slots.forEach((next, i) => nexts.push({ name: names[i] ?? "", next }));
    if (options.ema !== undefined) {
      const average = read(emaSlot(slot.name));
      nexts.push({
        name: emaSlot(slot.name),
        next: movingAverage(average, parameter, options.ema),
      });
    }
  }
  for (const { name, next } of nexts) {
    const current = builder.state(name, next.dtype, next.shape);
    const kept = isFiniteStep === undefined ? next : select(isFiniteStep, next, current);
    builder.setNext(name, kept);
  }
  if (lossScaling !== undefined && isFiniteStep !== undefined) {
    updateLossScale(builder, lossScaling, isFiniteStep);
  }
}

function finiteness(
  builder: GraphBuilder,
  updates: readonly SlotUpdate[],
  scaling: LossScaling | undefined,
): Value | undefined {
  if (scaling?.growEvery === undefined) return undefined;
  return allFinite(
    builder,
    updates.map(({ gradient }) => gradient),
  );
}

/** Takes the loss scale out of a gradient and adds that of the penalty, which is not scaled and not per row. */
function prepareGradient(
  builder: GraphBuilder,
  update: SlotUpdate,
  scaling: LossScaling | undefined,
): SlotUpdate {
  const { slot, info } = update;
  let { gradient } = update;
  if (scaling !== undefined) gradient = mul(gradient, div(1, lossScale(builder, scaling)));
  if (info.penalty !== undefined) {
    const parameter = builder.state(slot.name, "f32", slot.shape);
    gradient = add(gradient, penaltyGradient(parameter, info.penalty));
  }
  return { ...update, gradient };
}

function movingAverage(average: Value, parameter: Value, { decay }: { decay: number }): Value {
  if (!(decay >= 0 && decay < 1)) {
    throw new UsageError(`ema: decay must be >= 0 and < 1, got ${decay}`);
  }
  return add(mul(average, decay), mul(parameter, 1 - decay));
}
