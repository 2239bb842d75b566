// What the writers of kernels share: the program, where each node is stored, and the bindings of the module.
import type { TensorView, Wgsl } from "../kernels/kernel.ts";
import { Emitter } from "./emitter.ts";
import type { Group } from "./group.ts";
import type { ModuleBindings } from "./module.ts";
import type { Work } from "./needs.ts";
import type { Position } from "./position.ts";
import type { Node, OpNode, Program } from "./program.ts";
import type { StorageView } from "./storage.ts";
import { storeStatement } from "./storage.ts";

/** Everything that a kernel's text depends on. */
export interface KernelContext {
  readonly program: Program;
  readonly homes: ReadonlyMap<number, Group>;
  readonly work: Work;
  readonly bindings: ModuleBindings;
  /** Whether the adapter computes f16 faster than it converts it. */
  readonly isHalfNative: boolean;
  /** Where a node with memory lies. */
  readonly viewOf: (id: number) => StorageView;
}

/** An emitter whose values come from memory, but for those that `own` knows. */
export function emitterOf(
  context: KernelContext,
  own: (node: OpNode) => Wgsl | undefined,
): Emitter {
  const { program, homes, work, bindings, isHalfNative } = context;
  const resolve = (node: Node, position: Position, emitter: Emitter): Wgsl | undefined => {
    const home = homes.get(node.id);
    if (home === undefined && node.kind === "op") return undefined;
    if (home === work.group && node.kind === "op") return own(node);
    return readerOf(context, node.id).load(emitter.index(position.flat()));
  };
  return new Emitter({ nodes: program.nodes, isHalfNative, resolve }, bindings.counter);
}

/** Reads a node with memory. */
export function readerOf({ bindings, viewOf }: KernelContext, id: number): TensorView {
  const { storage, offset } = viewOf(id);
  return bindings.reader(storage, offset);
}

/** Statement that stores values of a node from a flat index on. */
export function storeOf(
  { bindings, viewOf }: KernelContext,
  id: number,
  index: Wgsl,
  values: readonly Wgsl[],
): Wgsl {
  const { storage } = viewOf(id);
  const { name, form } = bindings.writer(storage);
  return storeStatement(name, storage.dtype, form, index, values);
}
