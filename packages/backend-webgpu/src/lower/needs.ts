// What each group has to leave in memory, and which groups are worth running at all.
import { sizeOf } from "@fastgpu/core";
import { traceNode, type Fusion, type Group } from "./group.ts";
import { levelIn } from "./space.ts";
import type { Node } from "./program.ts";

/** A group with what it must store and what it reads for that. */
export interface Work {
  readonly group: Group;
  /** Ids of the nodes to store, in order. */
  readonly stores: readonly number[];
  /** Ids of nodes with memory that are read, operands of a kernel family among them. */
  readonly reads: ReadonlySet<number>;
  /** Those that are read elsewhere than at the place of the element that is stored. */
  readonly shifted: ReadonlySet<number>;
  /** Nodes of the group that are computed for that. */
  readonly computed: ReadonlySet<number>;
}

/** Groups that something depends on, in an order in which they can run. */
export function neededWork(fusion: Fusion): readonly Work[] {
  const { program, homes } = fusion;
  const needed = new Set<number>();
  for (const { node } of [...program.outputs, ...program.next]) needed.add(node);
  const works: Work[] = [];
  for (const group of inOrder(fusion.groups).toReversed()) {
    const own = [...group.heavy, ...group.maps].map(({ id }) => id).sort((a, b) => a - b);
    const stores = own.filter((id) => needed.has(id));
    if (stores.length === 0) continue;
    const work = workOf(fusion, group, stores);
    for (const id of work.reads) if (homes.has(id)) needed.add(id);
    works.unshift(work);
  }
  return works;
}

function workOf(fusion: Fusion, group: Group, stores: readonly number[]): Work {
  const { program, homes } = fusion;
  const reads = new Set<number>(group.operands.map(({ base }) => base));
  const shifted = new Set<number>(reads);
  const done = new Set<number>();
  const heavy = new Set(group.heavy.map(({ id }) => id));
  // From what is stored back to what that takes within the group.
  const visit = (id: number): void => {
    if (done.has(id)) return;
    done.add(id);
    const node = program.nodes[id]!;
    if (heavy.has(id) && group.space.kind === "result") return;
    const operand = heavy.has(id) ? node.inputs[0]! : id;
    const level = heavy.has(id) ? "element" : levelOf(group, node);
    const through = operand === id ? id : undefined;
    const trace = traceNode(program, homes, group, group.space, operand, level, through);
    if (trace === undefined) throw new TypeError(`node ${id} must be computed in its group`);
    for (const read of trace.reads) reads.add(read);
    for (const read of trace.shifted) shifted.add(read);
    for (const member of trace.members) visit(member);
  };
  for (const id of stores) visit(id);
  return { group, stores, reads, shifted, computed: done };
}

function levelOf(group: Group, node: Node): "element" | "row" {
  return levelIn(group.space, node.type.shape) ?? "element";
}

/** Groups after all those whose results they read; empty tensors have none. */
export function inOrder(groups: readonly Group[]): Group[] {
  const done = new Set<Group>();
  const order: Group[] = [];
  const visit = (group: Group): void => {
    if (done.has(group)) return;
    done.add(group);
    for (const before of group.after) visit(before);
    order.push(group);
  };
  for (const group of groups) visit(group);
  return order;
}

/** Whether a tensor has elements. */
export function hasElements(node: Node): boolean {
  return sizeOf(node.type.shape) > 0;
}
