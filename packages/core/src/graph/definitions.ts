// Looks an op up by name. The only place where the two tables meet; not a registry: nothing can be added at run time.
import * as composites from "../composites/table.ts";
import * as primitives from "../ops/table.ts";
import type { OpDefinition, Composite, Primitive } from "../ops/op.ts";
import { UnsupportedOpError } from "../errors.ts";
import type { CompositeName, OpName, PrimitiveName } from "./graph.ts";

/** All primitive names, in table order. */
export const primitiveNames: readonly PrimitiveName[] = Object.keys(primitives) as PrimitiveName[];

/** All composite names, in table order. */
export const compositeNames: readonly CompositeName[] = Object.keys(composites) as CompositeName[];

/** True for the name of a primitive. */
export function isPrimitive(op: string): op is PrimitiveName {
  return Object.hasOwn(primitives, op);
}

/** True for the name of a composite. */
export function isComposite(op: string): op is CompositeName {
  return Object.hasOwn(composites, op);
}

/**
 * The definition of an op, with its attributes typed loosely: callers that hold a node hold matching attributes.
 *
 * @throws {UnsupportedOpError} if there is no op of that name
 */
export function definitionOf(op: OpName): OpDefinition<unknown> {
  return isComposite(op) ? compositeOf(op) : primitiveOf(op);
}

/** The definition of a primitive. */
export function primitiveOf(op: OpName): Primitive<unknown> {
  if (!isPrimitive(op)) throw new UnsupportedOpError(`graph: op must be a primitive, got "${op}"`);
  return primitives[op] as unknown as Primitive<unknown>;
}

/** The definition of a composite. */
export function compositeOf(op: CompositeName): Composite<unknown> {
  return composites[op] as unknown as Composite<unknown>;
}
