// Reads parameters from their state slots, packed or not, and writes them back.
import { GraphError } from "../errors.ts";
import { concat, reshape, slice } from "../functional.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { formatShape, sameShape, sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { SlotLayout, SlotPart, StateLayout } from "./layout.ts";
import type { ParameterInfo } from "./parameters.ts";

/** The state of one model in one graph under construction. */
export interface StateViews {
  /** Parameters in the order of their first use. */
  readonly parameters: ReadonlyMap<string, ParameterInfo>;
  /** Current value of a parameter; the first call for a name decides how it is treated. */
  read(info: ParameterInfo): Value;
  /** Current values by parameter name. */
  readonly values: ReadonlyMap<string, Value>;
  /** Notes what a parameter becomes; `commit` writes it. */
  write(name: string, next: Value): void;
  /** Sets the next value of each slot of which some part was written. */
  commit(): void;
}

/** @param layout - where parameters live; default: each in its own slot */
export function stateViews(builder: GraphBuilder, layout?: StateLayout): StateViews {
  const parameters = new Map<string, ParameterInfo>();
  const values = new Map<string, Value>();
  const written = new Map<string, Value>();
  const homes = new Map(
    layout?.slots.flatMap((slot) => slot.parts.map((part) => [part.name, { slot, part }] as const)),
  );
  const homeOf = ({ name, shape }: ParameterInfo): { slot: SlotLayout; part: SlotPart } => {
    const part = { name, offset: 0, shape };
    const home =
      layout === undefined ? { slot: { name, shape, parts: [part] }, part } : homes.get(name);
    if (home !== undefined && sameShape(home.part.shape, shape)) return home;
    const found = home === undefined ? "none" : formatShape(home.part.shape);
    throw new GraphError(`layout: "${name}" must have shape ${formatShape(shape)}, got ${found}`);
  };
  const read = (info: ParameterInfo): Value => {
    const known = values.get(info.name);
    if (known !== undefined) return known;
    const { slot, part } = homeOf(info);
    const value = viewPart(builder.state(slot.name, "f32", slot.shape), slot, part);
    parameters.set(info.name, info);
    values.set(info.name, value);
    return value;
  };
  const write = (name: string, next: Value): void => {
    written.set(name, next);
  };
  const commit = (): void => {
    const slots = new Set([...parameters.values()].map((info) => homeOf(info).slot));
    for (const slot of slots) {
      if (!slot.parts.some((part) => written.has(part.name))) continue;
      const next = slot.parts.map((part) => written.get(part.name) ?? required(values, part.name));
      builder.setNext(slot.name, joinParts(slot, next));
    }
  };
  return { parameters, values, read, write, commit };
}

/** A parameter as a view of its slot. */
export function viewPart(slotValue: Value, slot: SlotLayout, part: SlotPart): Value {
  if (slot.parts.length === 1) return reshape(slotValue, part.shape);
  const flat = reshape(slotValue, [sizeOf(slot.shape)]);
  return reshape(slice(flat, [part.offset], [part.offset + sizeOf(part.shape)]), part.shape);
}

/** Values of all parts of a slot, in its order, as one value of the slot's shape. */
export function joinParts(slot: SlotLayout, parts: readonly Value[]): Value {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return reshape(only, slot.shape);
  const flat = parts.map((part) => reshape(part, [sizeOf(part.shape)]));
  return reshape(concat(flat, 0), slot.shape);
}

function required(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) {
    throw new GraphError(`layout: "${name}" must be a parameter of the model, got none such`);
  }
  return value;
}
