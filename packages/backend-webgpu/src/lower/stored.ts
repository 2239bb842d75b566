// Which maps get memory of their own and which are computed again wherever they are read.
import { sizeOf, type PrimitiveName } from "@fastgpu/core";
import { classOf, isHeavy, type Node, type OpNode, type Program } from "./program.ts";
import { liveNodes } from "./prepare.ts";
import { viewOf } from "./views.ts";

/** Cost of one element, roughly in cheap instructions; 1 for those that are not listed. */
const costs: Partial<Record<PrimitiveName, number>> = {
  exp: 8,
  log: 8,
  tanh: 10,
  sigmoid: 10,
  erf: 20,
  pow: 20,
  sin: 10,
  cos: 10,
  sqrt: 3,
  rsqrt: 3,
  div: 3,
  reciprocal: 3,
  randomUniform: 60,
  gather: 2,
  reshape: 0,
  broadcastTo: 0,
  slice: 0,
  transpose: 0,
  reverse: 1,
};

/** Above this cost a map that several kernels read is stored. */
const recomputeLimit = 6;
/** Above this cost a map that is broadcast to many elements is stored. */
const hoistLimit = 2;
/** A broadcast to at least this many times the elements counts as many. */
const hoistRatio = 8;

interface Cost {
  readonly cost: number;
  /** Tensors that are read, as far as they are about as large as the result. */
  readonly reads: ReadonlySet<number>;
}

/** Ids of the map nodes that are stored. Heavy nodes, inputs, state and constants are not among them. */
export function storedMaps(program: Program): ReadonlySet<number> {
  return new StorageChoice(program).run();
}

class StorageChoice {
  private readonly program: Program;
  private readonly live: ReadonlySet<number>;
  private readonly users: number[][];
  private readonly stored = new Set<number>();
  private readonly roots: ReadonlySet<number>[] = [];

  constructor(program: Program) {
    this.program = program;
    this.live = liveNodes(program);
    this.users = program.nodes.map(() => []);
    for (const { id, inputs } of program.nodes) {
      if (this.live.has(id)) for (const input of inputs) this.users[input]!.push(id);
    }
  }

  run(): ReadonlySet<number> {
    const { nodes, outputs, next } = this.program;
    for (const { node } of [...outputs, ...next]) this.store(node);
    for (const node of nodes) if (this.live.has(node.id)) this.storeOperands(node);
    this.storeComparedExtrema();
    const costsOf = this.costs();
    for (const node of nodes.toReversed()) {
      if (!isMap(node) || !this.live.has(node.id)) continue;
      this.roots[node.id] = this.rootsOf(node);
      if (!this.stored.has(node.id) && this.pays(node, costsOf)) this.stored.add(node.id);
    }
    return this.stored;
  }

  private store(id: number): void {
    if (isMap(this.program.nodes[id]!)) this.stored.add(id);
  }

  /** Kernels other than maps and reductions read memory. */
  private storeOperands(node: Node): void {
    if (!isHeavy(node) || classOf(node.op) === "reduce") return;
    const { nodes } = this.program;
    for (const id of node.inputs) {
      // What the operand is a view of gets the memory, so that nothing is copied.
      const isBase = (candidate: number): boolean => this.isOwnWork(nodes[candidate]!);
      this.store(viewOf(nodes, id, isBase)?.base ?? id);
    }
  }

  /** False for views of what has to be computed anyway. */
  private isOwnWork(node: Node): boolean {
    if (!isMap(node) || this.stored.has(node.id)) return true;
    const [x] = node.inputs;
    if (x === undefined) return true;
    // Part of a tensor alone is less work than all of it.
    if (node.op === "slice") return this.users[x]!.length < 2;
    return node.op !== "reshape" && node.op !== "broadcastTo" && node.op !== "transpose";
  }

  /**
   * A value that is compared with its own extremum must be the same number in both places, and a compiler may contract
   * the same formula differently in two.
   */
  private storeComparedExtrema(): void {
    for (const { id } of this.program.nodes) {
      const readers = this.users[id]!.map((user) => this.program.nodes[user]!);
      const ops = new Set(readers.map((reader) => (reader.kind === "op" ? reader.op : undefined)));
      if (ops.has("equal") && (ops.has("reduceMax") || ops.has("reduceMin"))) this.store(id);
    }
  }

  private costs(): Cost[] {
    const result: Cost[] = [];
    for (const node of this.program.nodes) {
      if (!isMap(node)) {
        result.push({ cost: 0, reads: new Set([node.id]) });
        continue;
      }
      let cost = costs[node.op] ?? 1;
      const reads = new Set<number>();
      for (const id of node.inputs) {
        const below = this.stored.has(id) ? { cost: 0, reads: new Set([id]) } : result[id]!;
        cost += below.cost;
        for (const read of below.reads) reads.add(read);
      }
      result.push({ cost, reads });
    }
    return result;
  }

  /** The kernels, named by a node, that a map is computed for; of many, some. */
  private rootsOf(node: OpNode): ReadonlySet<number> {
    const roots = new Set<number>();
    for (const user of this.users[node.id]!) {
      const reader = this.program.nodes[user]!;
      if (isHeavy(reader) || this.stored.has(user)) roots.add(user);
      else for (const root of this.roots[user] ?? []) roots.add(root);
      if (roots.size > 4) break;
    }
    return roots;
  }

  private pays(node: OpNode, costsOf: readonly Cost[]): boolean {
    const { cost, reads } = costsOf[node.id]!;
    const elements = sizeOf(node.type.shape);
    if (elements === 0) return false;
    const largest = this.users[node.id]!.reduce(
      (most, user) => Math.max(most, this.elementsReading(user)),
      0,
    );
    if (cost > hoistLimit && largest >= hoistRatio * elements) return true;
    if (this.roots[node.id]!.size < 2 || node.op === "iota") return false;
    const large = [...reads].filter((id) => 4 * this.elements(id) >= elements);
    return cost > recomputeLimit || (large.length > 2 && cost > 0);
  }

  /** Elements for which a user computes its operand. */
  private elementsReading(user: number): number {
    const node = this.program.nodes[user]!;
    if (node.kind !== "op") return 0;
    const isReduced = isHeavy(node) && classOf(node.op) === "reduce";
    return isReduced ? this.elements(node.inputs[0]!) : this.elements(user);
  }

  private elements(id: number): number {
    return sizeOf(this.program.nodes[id]!.type.shape);
  }
}

/** True for nodes that are computed at any index from their operands. */
export function isMap(node: Node): node is OpNode {
  return node.kind === "op" && classOf(node.op) === "map";
}
