// Which memory every stored node gets: an input, a state slot or a constant its own; a next value the slot it replaces if
// everything that reads the slot can run before; all else a place in the arena.
import { sizeOf, type TensorType } from "@fastgpu/core";
import { isAfter } from "./group.ts";
import type { Work } from "./needs.ts";
import type { Node, Program, Result } from "./program.ts";
import type { Place, Storage, StorageView } from "./storage.ts";

/** A copy of a whole tensor. */
export interface Copy {
  readonly from: Storage;
  readonly to: Storage;
}

/** Where the nodes of a program are. */
export interface Placement {
  /** The memory of a node that has some. */
  readonly viewOf: (id: number) => StorageView;
  /** Outputs that have elements. */
  readonly outputs: readonly {
    readonly name: string;
    readonly type: TensorType;
    readonly storage: Storage;
  }[];
  /**
   * Copies after the last kernel and after the outputs were taken, in this order: between slots by way of the arena, as
   * all of them may lie in one buffer.
   */
  readonly copies: readonly Copy[];
  /** Constants in memory. */
  readonly constants: readonly { readonly node: number; readonly storage: Storage }[];
  /** Makes another tensor in the arena. */
  readonly allocate: (type: Pick<Storage, "dtype" | "elements">) => Storage;
}

/** Places the nodes; adds what has to wait for the readers of a slot to `Group.after`. */
export function placeNodes(program: Program, works: readonly Work[]): Placement {
  return new Placing(program, works).run();
}

class Placing {
  private readonly program: Program;
  private readonly works: readonly Work[];
  private readonly storages: Storage[] = [];
  private readonly byNode = new Map<number, Storage>();
  private readonly slots = new Map<string, Storage>();
  private readonly workOf = new Map<number, Work>();

  constructor(program: Program, works: readonly Work[]) {
    this.program = program;
    this.works = works;
    for (const work of works) for (const id of work.stores) this.workOf.set(id, work);
  }

  run(): Placement {
    const { program } = this;
    const next = program.next.filter(({ type }) => sizeOf(type.shape) > 0);
    const donated = next.filter((result) => this.donates(result));
    for (const { name, node, type } of donated) this.byNode.set(node, this.slot(name, type));
    const copies = this.copiesFor(next.filter((result) => !donated.includes(result)));
    const outputs = program.outputs
      .filter(({ type }) => sizeOf(type.shape) > 0)
      .map(({ name, node, type }) => ({ name, type, storage: this.storageOf(node) }));
    for (const { reads, stores } of this.works) {
      for (const id of [...reads, ...stores]) this.storageOf(id);
    }
    const constants = [...this.byNode]
      .filter(([node]) => program.nodes[node]!.kind === "constant")
      .map(([node, storage]) => ({ node, storage }));
    return {
      viewOf: (id) => ({ storage: this.storageOf(id), offset: 0 }),
      outputs,
      copies,
      constants,
      allocate: (type) => this.make(type, { kind: "arena" }),
    };
  }

  /** Whether a next value can be written over the slot it replaces. */
  private donates({ name, node }: Result): boolean {
    const { program, works } = this;
    const work = this.workOf.get(node);
    if (work === undefined || program.next.filter((other) => other.node === node).length > 1) {
      return false;
    }
    const slot = program.nodes.find((other) => other.kind === "state" && other.name === name);
    if (slot === undefined) return true;
    const isKept = [...program.outputs, ...program.next].some((result) => result.node === slot.id);
    if (isKept || work.shifted.has(slot.id)) return false;
    const readers = works.filter((other) => other !== work && other.reads.has(slot.id));
    if (readers.some((reader) => isAfter(reader.group, work.group))) return false;
    for (const reader of readers) work.group.after.add(reader.group);
    return true;
  }

  private copiesFor(results: readonly Result[]): Copy[] {
    const [first, then]: [Copy[], Copy[]] = [[], []];
    for (const { name, node, type } of results) {
      const source = this.storageOf(node);
      const to = this.slot(name, type);
      if (source.place.kind === "state") {
        const between = this.make(source, { kind: "arena" });
        first.push({ from: source, to: between });
        then.push({ from: between, to });
      } else {
        then.push({ from: source, to });
      }
    }
    return [...first, ...then];
  }

  private storageOf(id: number): Storage {
    const known = this.byNode.get(id);
    if (known !== undefined) return known;
    const node = this.program.nodes[id]!;
    const made = node.kind === "state" ? this.slot(node.name, node.type) : this.made(node);
    this.byNode.set(id, made);
    return made;
  }

  private made(node: Node): Storage {
    const { dtype, shape } = node.type;
    const size = { dtype, elements: sizeOf(shape) };
    if (node.kind === "input") return this.make(size, { kind: "input", name: node.name });
    if (node.kind === "constant") return this.make(size, { kind: "constant", node: node.id });
    return this.make(size, { kind: "arena" });
  }

  private slot(name: string, { dtype, shape }: TensorType): Storage {
    const known = this.slots.get(name);
    if (known !== undefined) return known;
    const made = this.make({ dtype, elements: sizeOf(shape) }, { kind: "state", name });
    this.slots.set(name, made);
    return made;
  }

  private make({ dtype, elements }: Pick<Storage, "dtype" | "elements">, place: Place): Storage {
    const storage = { id: this.storages.length, dtype, elements, place };
    this.storages.push(storage);
    return storage;
  }
}
