// Where parameters live in state. An engine pays for every tensor that enters and leaves a run, and an optimizer for
// every tensor it updates, so small parameters that are treated alike share one flat slot.
import { GraphError } from "../errors.ts";
import { allocate } from "../graph/dtype.ts";
import { formatShape, sameShape, sizeOf, type Shape } from "../graph/shape.ts";
import { tensor, type HostTensor, type TensorMap } from "../graph/tensor.ts";
import type { ParameterInfo } from "./parameters.ts";

/** A parameter inside a slot: elements offset .. offset + size of the slot's row-major data. */
export interface SlotPart {
  readonly name: string;
  readonly offset: number;
  readonly shape: Shape;
}

/** One state slot and what it holds, in order and without gaps. */
export interface SlotLayout {
  readonly name: string;
  readonly shape: Shape;
  readonly parts: readonly SlotPart[];
}

/** Where every parameter lives; plain data. Names derived from a slot, as `optimizer/m/<slot>`, follow it. */
export interface StateLayout {
  readonly slots: readonly SlotLayout[];
}

/** How `planLayout` decides. */
export interface LayoutOptions {
  /** Parameters with fewer elements share slots; 0: every parameter has its own. */
  readonly packBelowElements: number;
  /** False if the optimizer has no weight decay, so that biases may share a slot with small kernels. Default true. */
  readonly separatesDecay?: boolean;
}

/** A layout that gives every parameter its own slot of the same name. */
export function plainLayout(parameters: readonly ParameterInfo[]): StateLayout {
  return { slots: parameters.map(soloSlot) };
}

/**
 * Packs small parameters that share role, trainability, decay and penalty into flat slots named `packed~<i>`; all others
 * and lone ones keep a slot of their own. Order of first appearance decides, so equal models get equal layouts.
 */
export function planLayout(
  parameters: readonly ParameterInfo[],
  { packBelowElements, separatesDecay = true }: LayoutOptions,
): StateLayout {
  const groups = new Map<string, ParameterInfo[]>();
  for (const parameter of parameters) {
    const isSmall = sizeOf(parameter.shape) < packBelowElements;
    const treated = separatesDecay ? parameter : { ...parameter, isDecayed: false };
    const key = isSmall ? treatmentOf(treated) : `alone ${parameter.name}`;
    groups.set(key, [...(groups.get(key) ?? []), parameter]);
  }
  let packed = 0;
  const slots = [...groups.values()].map((group) => {
    const [only] = group;
    return group.length === 1 && only !== undefined
      ? soloSlot(only)
      : flatSlot(`packed~${packed++}`, group);
  });
  return { slots };
}

/**
 * Moves values given by parameter name into their slots; values of other names pass through. Also moves derived values:
 * `optimizer/m/<parameter>` into `optimizer/m/<slot>`.
 *
 * @throws {GraphError} if only some parts of a slot are given, or one has another shape than the layout says
 */
export function packState(layout: StateLayout, values: TensorMap): TensorMap {
  const rest = new Map(Object.entries(values));
  const result: Record<string, HostTensor> = {};
  for (const slot of layout.slots) {
    for (const prefix of prefixesOf(rest.keys(), slot.parts)) {
      result[prefix + slot.name] = packSlot(slot, prefix, rest);
      for (const part of slot.parts) rest.delete(prefix + part.name);
    }
  }
  return { ...result, ...Object.fromEntries(rest) };
}

/** The inverse of `packState`: values by slot name become values by parameter name. Copies. */
export function unpackState(layout: StateLayout, values: TensorMap): TensorMap {
  const result: Record<string, HostTensor> = {};
  const slots = new Map(layout.slots.map((slot) => [slot.name, slot]));
  for (const [name, value] of Object.entries(values)) {
    const slot = [...suffixesOf(name)].map((suffix) => slots.get(suffix)).find(Boolean);
    if (slot === undefined || sizeOf(value.shape) !== sizeOf(slot.shape)) {
      result[name] = value;
      continue;
    }
    const prefix = name.slice(0, name.length - slot.name.length);
    for (const part of slot.parts) {
      const data = value.data.slice(part.offset, part.offset + sizeOf(part.shape));
      result[prefix + part.name] = tensor(value.dtype, part.shape, data);
    }
  }
  return result;
}

function soloSlot({ name, shape }: ParameterInfo): SlotLayout {
  return { name, shape, parts: [{ name, offset: 0, shape }] };
}

function flatSlot(name: string, parameters: readonly ParameterInfo[]): SlotLayout {
  let offset = 0;
  const parts = parameters.map((parameter) => {
    const part = { name: parameter.name, offset, shape: parameter.shape };
    offset += sizeOf(parameter.shape);
    return part;
  });
  return { name, shape: [offset], parts };
}

function treatmentOf({ role, isTrainable, isDecayed, penalty }: ParameterInfo): string {
  return JSON.stringify([role, isTrainable, isDecayed, penalty?.l1 ?? 0, penalty?.l2 ?? 0]);
}

/** Prefixes p such that `p + part` is among the names, for any part; "" comes first if it is one. */
function prefixesOf(names: Iterable<string>, parts: readonly SlotPart[]): Set<string> {
  const partNames = new Set(parts.map((part) => part.name));
  const prefixes = new Set<string>();
  for (const name of names) {
    for (const suffix of suffixesOf(name)) {
      if (partNames.has(suffix)) prefixes.add(name.slice(0, name.length - suffix.length));
    }
  }
  return prefixes;
}

/** The name itself and what follows each "/". */
function* suffixesOf(name: string): Generator<string> {
  yield name;
  for (let i = name.indexOf("/"); i >= 0; i = name.indexOf("/", i + 1)) yield name.slice(i + 1);
}

function packSlot(
  slot: SlotLayout,
  prefix: string,
  values: ReadonlyMap<string, HostTensor>,
): HostTensor {
  const found = slot.parts.map((part) => partValue(part, prefix, values));
  const dtype = found[0]?.dtype ?? "f32";
  const data = allocate(dtype, sizeOf(slot.shape));
  slot.parts.forEach((part, i) => {
    const value = found[i];
    if (value !== undefined) data.set(value.data, part.offset);
  });
  return tensor(dtype, slot.shape, data);
}

function partValue(
  part: SlotPart,
  prefix: string,
  values: ReadonlyMap<string, HostTensor>,
): HostTensor {
  const value = values.get(prefix + part.name);
  if (value !== undefined && sameShape(value.shape, part.shape)) return value;
  const found = value === undefined ? "none" : formatShape(value.shape);
  throw new GraphError(
    `state: "${prefix}${part.name}" must be given with shape ${formatShape(part.shape)}, got ${found}`,
  );
}
