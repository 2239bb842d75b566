// Fusion: which nodes one kernel computes. Nodes are visited in order; a reduction joins the rows it belongs to, a stored
// map ends up behind the kernel whose values it takes element by element, or beside maps of the same size.
import { sizeOf } from "@fastgpu/core";
import type { Operand } from "../kernels/kernel.ts";
import { Emitter } from "./emitter.ts";
import type { Position } from "./position.ts";
import {
  classOf,
  isByte,
  type Node,
  type OpNode,
  type PrimitiveAttrs,
  type Program,
  type Shape,
} from "./program.ts";
import {
  canonicalPosition,
  levelIn,
  rowsSpace,
  sameRows,
  type Level,
  type Space,
} from "./space.ts";
import { liveNodes } from "./prepare.ts";
import { isMap, storedMaps } from "./stored.ts";
import { viewOf, type View } from "./views.ts";

/** Nodes that one kernel computes. */
export interface Group {
  readonly id: number;
  readonly space: Space;
  /** The reductions of rows, or the one node of a kernel family; none for maps. */
  readonly heavy: OpNode[];
  /** Stored maps computed here, in order. */
  readonly maps: OpNode[];
  /** Groups whose results this one reads. */
  readonly after: Set<Group>;
  /** Ids of nodes with memory that this one reads. */
  readonly reads: Set<number>;
  /** For a kernel family: its operands in memory. */
  readonly operands: readonly View[];
}

/** A fused program. */
export interface Fusion {
  readonly program: Program;
  readonly groups: readonly Group[];
  /** The group that computes a node which is stored or heavy. */
  readonly homes: ReadonlyMap<number, Group>;
}

/** What computing a node in a space reads. */
export interface Trace {
  readonly reads: ReadonlySet<number>;
  /** Those of them that are read elsewhere than at the place of the element. */
  readonly shifted: ReadonlySet<number>;
  /** Nodes of the group itself. */
  readonly members: ReadonlySet<number>;
}

/** Limits that fusion keeps. */
export interface FusionLimits {
  /** Tensors that a kernel family may bind. */
  readonly maxBindings: number;
}

/** Fuses a program. `resultSizes` gives the axes by which a kernel family ends its elements. */
export function fuse(
  program: Program,
  resultSizes: (node: OpNode, operands: readonly Operand[]) => Shape,
  limits: FusionLimits,
): Fusion {
  return new Grouping(program, resultSizes, limits).run();
}

/** What a kernel is told of an operand. */
export function operandOf(node: Node, { base, offset }: View, nodes: readonly Node[]): Operand {
  const { dtype } = nodes[base]!.type;
  return {
    dtype,
    elements: sizeOf(node.type.shape),
    alignment: offset % 4 === 0 ? 4 : 1,
  };
}

class Grouping {
  private readonly program: Program;
  private readonly resultSizes: (node: OpNode, operands: readonly Operand[]) => Shape;
  private readonly limits: FusionLimits;
  private readonly stored: ReadonlySet<number>;
  private readonly groups: Group[] = [];
  private readonly homes = new Map<number, Group>();

  constructor(
    program: Program,
    resultSizes: (node: OpNode, operands: readonly Operand[]) => Shape,
    limits: FusionLimits,
  ) {
    this.program = program;
    this.resultSizes = resultSizes;
    this.limits = limits;
    this.stored = storedMaps(program);
  }

  run(): Fusion {
    const live = liveNodes(this.program);
    for (const node of this.program.nodes) {
      if (!live.has(node.id) || sizeOf(node.type.shape) === 0 || node.kind !== "op") continue;
      const kind = classOf(node.op);
      if (kind === "reduce") this.reduce(node);
      else if (kind !== "map") this.kernel(node);
      else if (this.stored.has(node.id)) this.host(node);
    }
    return { program: this.program, groups: this.groups, homes: this.homes };
  }

  /** A group of its own for a node that a kernel family computes. */
  private kernel(node: OpNode): void {
    const { nodes } = this.program;
    const hasMemory = (id: number): boolean => !isMap(nodes[id]!) || this.homes.has(id);
    const operands = node.inputs.map((id) => {
      const view = viewOf(nodes, id, hasMemory);
      if (view === undefined) throw new TypeError(`operand ${id} of ${node.op} must be stored`);
      return view;
    });
    const described = operands.map((view, i) => operandOf(nodes[node.inputs[i]!]!, view, nodes));
    const sizes = this.resultSizes(node, described);
    const group = this.add({ kind: "result", sizes }, operands);
    group.heavy.push(node);
    this.homes.set(node.id, group);
    this.note(group, new Set(operands.map(({ base }) => base)));
  }

  private reduce(node: OpNode): void {
    const [x] = node.inputs;
    const { shape } = this.program.nodes[x!]!.type;
    const space = rowsSpace(shape, reducedAxes(node, shape.length));
    const alone = this.trace(undefined, space, x!, "element");
    const candidates = this.candidates(alone, (group) => sameRows(group.space, space));
    for (const group of candidates) {
      const trace = this.trace(group, group.space, x!, "element");
      if (trace === undefined || !this.canJoin(group, trace)) continue;
      this.join(group, trace);
      group.heavy.push(node);
      this.homes.set(node.id, group);
      return;
    }
    const group = this.add(space, []);
    group.heavy.push(node);
    this.homes.set(node.id, group);
    this.note(group, alone?.reads ?? new Set());
  }

  /** Finds a place for a stored map. */
  private host(node: OpNode): void {
    const { shape, dtype } = node.type;
    const flat: Space = { kind: "flat", elements: sizeOf(shape) };
    const alone = this.trace(undefined, flat, node.id, "element");
    const candidates = this.candidates(alone, (group) => {
      const level = levelIn(group.space, shape);
      return level !== undefined && (group.space.kind === "flat" || !isByte(dtype));
    });
    for (const group of candidates) {
      const level = levelIn(group.space, shape) ?? "element";
      const trace = this.trace(group, group.space, node.id, level);
      if (trace === undefined || !this.canJoin(group, trace)) continue;
      if (trace.members.size === 0 && group.space.kind !== "flat") continue;
      this.join(group, trace);
      this.put(node, group);
      return;
    }
    const group = this.add(flat, []);
    this.note(group, alone?.reads ?? new Set());
    this.put(node, group);
  }

  private put(node: OpNode, group: Group): void {
    group.maps.push(node);
    this.homes.set(node.id, group);
  }

  /** Groups that produce what is read, or read the same, latest first. */
  private candidates(trace: Trace | undefined, suits: (group: Group) => boolean): Group[] {
    const reads = trace?.reads ?? new Set<number>();
    const producers = new Set<Group>();
    for (const id of reads) {
      const home = this.homes.get(id);
      if (home !== undefined) producers.add(home);
    }
    const siblings = this.groups
      .slice(-siblingWindow)
      .filter((group) => !producers.has(group) && [...group.reads].some((id) => reads.has(id)));
    const order = (a: Group, b: Group): number => b.id - a.id;
    return [...[...producers].sort(order), ...siblings.sort(order)].filter(suits);
  }

  /** Whether a group may also read what the trace says, without waiting for itself. */
  private canJoin(group: Group, { reads }: Trace): boolean {
    if (group.space.kind === "result") {
      const all = new Set([...group.reads, ...reads]);
      const outputs = group.heavy.length + group.maps.length + 1;
      if (all.size + outputs > this.limits.maxBindings) return false;
    }
    for (const id of reads) {
      const home = this.homes.get(id);
      if (home !== undefined && home !== group && isAfter(home, group)) return false;
    }
    return true;
  }

  private join(group: Group, { reads }: Trace): void {
    this.note(group, reads);
  }

  private note(group: Group, reads: ReadonlySet<number>): void {
    for (const id of reads) {
      group.reads.add(id);
      const home = this.homes.get(id);
      if (home !== undefined && home !== group) group.after.add(home);
    }
  }

  private add(space: Space, operands: readonly View[]): Group {
    const group: Group = {
      id: this.groups.length,
      space,
      heavy: [],
      maps: [],
      after: new Set(),
      reads: new Set(),
      operands,
    };
    this.groups.push(group);
    return group;
  }

  private trace(
    group: Group | undefined,
    space: Space,
    id: number,
    level: Level,
  ): Trace | undefined {
    return traceNode(this.program, this.homes, group, space, id, level);
  }
}

/** Groups that are looked at for common operands. */
const siblingWindow = 24;

/**
 * Follows what computing a node at its place in a space reads; undefined if that would need the group's own values at
 * other places.
 *
 * @param through - a node to compute from its operands even though it is stored
 */
export function traceNode(
  { nodes }: Program,
  homes: ReadonlyMap<number, Group>,
  group: Group | undefined,
  space: Space,
  id: number,
  level: Level,
  through?: number,
): Trace | undefined {
  const reads = new Set<number>();
  const shifted = new Set<number>();
  const members = new Set<number>();
  let displaced = 0;
  const isAtPlace = (shape: Shape, position: Position): boolean => {
    const own = levelIn(space, shape);
    return own !== undefined && position.equals(canonicalPosition(space, shape, own));
  };
  const emitter = new Emitter({
    nodes,
    resolve: (node, position) => {
      if (node.id === through) return undefined;
      const home = homes.get(node.id);
      if (home === undefined && node.kind === "op") return undefined;
      if (home !== undefined && home === group) {
        if (!isAtPlace(node.type.shape, position)) displaced++;
        members.add(node.id);
        // What a stored map reads belongs to the group already; the value itself is enough here.
        return `x${node.id}`;
      }
      reads.add(node.id);
      if (!isAtPlace(node.type.shape, position)) shifted.add(node.id);
      return `x${node.id}`;
    },
  });
  emitter.value(id, canonicalPosition(space, nodes[id]!.type.shape, level));
  return displaced === 0 ? { reads, shifted, members } : undefined;
}

/** Axes of a reduction counted from the front. */
export function reducedAxes(node: OpNode, rank: number): number[] {
  const axes =
    node.op === "argMax"
      ? [(node.attrs as PrimitiveAttrs<"argMax">).axis]
      : (node.attrs as PrimitiveAttrs<"reduceSum">).axes;
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** True if `group` waits for `other`, directly or through others. */
export function isAfter(group: Group, other: Group): boolean {
  const seen = new Set<Group>();
  const stack = [group];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    for (const before of next.after) {
      if (before === other) return true;
      if (seen.has(before)) continue;
      seen.add(before);
      stack.push(before);
    }
  }
  return false;
}
