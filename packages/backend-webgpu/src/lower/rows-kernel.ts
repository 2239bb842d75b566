// The kernel of reductions over the columns of rows, one after another, with everything computed from them per row or per
// element: softmax, norms, cross-entropy. A row is the work of one invocation or of one workgroup.
import { hiddenZero, type AdapterTraits, type Wgsl } from "../kernels/kernel.ts";
import type { Emitter } from "./emitter.ts";
import { emitterOf, storeOf, type KernelContext } from "./kernel-context.ts";
import { lightGroupSize } from "./map-kernel.ts";
import type { Segment } from "./module.ts";
import type { OpNode } from "./program.ts";
import { accumulationOf, type Accumulation } from "./reductions.ts";
import { narrowed } from "./scalar-ops.ts";
import { canonicalPosition, levelIn, type Level, type Space } from "./space.ts";

/** Writes the kernel of a group of reductions. */
export function rowsSegment(context: KernelContext, traits: AdapterTraits): Segment {
  const { space } = context.work.group;
  if (space.kind !== "rows") throw new TypeError("reductions must have a space of rows");
  return new RowsKernel(context, space, traits).run();
}

/**
 * Short rows, or enough of them to fill the device, need no cooperation. In software the barriers of a workgroup make a
 * kernel slow to compile and cost more than a walk of some length, and few workgroups fill all cores.
 */
function isRowPerInvocation(
  { rows, columns }: Space & { readonly kind: "rows" },
  { isSoftware }: AdapterTraits,
): boolean {
  const [short, enough] = isSoftware ? [1024, 512] : [32, 8192];
  return columns <= short || rows >= enough;
}

/**
 * Lanes that a workgroup's subgroups have for sure, 1 where they may differ or cannot be told apart: it then merges through
 * workgroup memory alone.
 */
function subgroupLanesOf(traits: AdapterTraits): number {
  const { hasSubgroups, hasSubgroupIds, subgroupMinSize: lanes, subgroupMaxSize } = traits;
  const isKnown = hasSubgroups && hasSubgroupIds && lanes === subgroupMaxSize;
  return isKnown && lightGroupSize % lanes === 0 ? lanes : 1;
}

interface Reduction {
  readonly node: OpNode;
  readonly accumulation: Accumulation;
  readonly names: readonly Wgsl[];
}

class RowsKernel {
  private readonly context: KernelContext;
  private readonly space: Space & { readonly kind: "rows" };
  private readonly isSerial: boolean;
  private readonly isSoftware: boolean;
  /** Lanes of a subgroup where a workgroup merges by subgroups, else 1. */
  private readonly subgroupLanes: number;
  private readonly emitter: Emitter;
  private readonly results = new Map<number, Wgsl>();
  private readonly declarations: Wgsl[] = [];

  constructor(
    context: KernelContext,
    space: Space & { readonly kind: "rows" },
    traits: AdapterTraits,
  ) {
    this.context = context;
    this.space = space;
    this.isSerial = isRowPerInvocation(space, traits);
    this.isSoftware = traits.isSoftware;
    this.subgroupLanes = this.isSerial ? 1 : subgroupLanesOf(traits);
    this.emitter = emitterOf(context, (node) => this.results.get(node.id));
  }

  run(): Segment {
    const { emitter, space, isSerial } = this;
    emitter.line(isSerial ? `let row = group * ${lightGroupSize}u + lane;` : "let row = group;");
    emitter.line(`let columns = ${this.unknown(`${space.columns}u`)};`);
    emitter.block(`if (row < ${space.rows}u)`, () => {
      for (const stage of this.stages()) {
        this.emitRowMaps();
        this.emitStage(stage);
      }
      this.emitRowMaps();
      this.emitElements();
      this.emitRows();
    });
    return {
      label: isSerial ? "rows by invocation" : "rows by workgroup",
      declarations: this.declarations.join("\n"),
      body: emitter.text,
      functions: emitter.uses,
      extensions: this.subgroupLanes > 1 ? ["subgroups", "subgroup_id"] : [],
      workgroupSize: lightGroupSize,
      workgroups: isSerial ? Math.ceil(space.rows / lightGroupSize) : space.rows,
    };
  }

  /** Reductions in rounds; those of one share a walk over the columns. */
  private stages(): OpNode[][] {
    const { heavy } = this.context.work.group;
    const computed = heavy.filter(({ id }) => this.context.work.computed.has(id));
    const known = new Set<number>();
    const stages: OpNode[][] = [];
    let rest = [...computed].sort((a, b) => a.id - b.id);
    while (rest.length > 0) {
      const ready = rest.filter((node) => this.waitsFor(node.inputs[0]!, known).size === 0);
      for (const { id } of ready) known.add(id);
      stages.push(ready);
      rest = rest.filter((node) => !ready.includes(node));
    }
    return stages;
  }

  /** Reductions of the group behind a node that are not known yet. */
  private waitsFor(
    id: number,
    known: ReadonlySet<number>,
    seen: Set<number> = new Set(),
  ): Set<number> {
    const found = new Set<number>();
    if (seen.has(id)) return found;
    seen.add(id);
    const { program, homes, work } = this.context;
    const node = program.nodes[id]!;
    const home = homes.get(id);
    if (node.kind !== "op" || (home !== undefined && home !== work.group)) return found;
    if (work.group.heavy.includes(node)) return known.has(id) ? found : found.add(id);
    for (const input of node.inputs) {
      for (const waiting of this.waitsFor(input, known, seen)) found.add(waiting);
    }
    return found;
  }

  private emitStage(nodes: readonly OpNode[]): void {
    const { emitter } = this;
    const reductions = nodes.map((node): Reduction => {
      const operand = this.context.program.nodes[node.inputs[0]!]!.type.dtype;
      const accumulation = accumulationOf(node, operand);
      const starts = accumulation.start(emitter.use);
      const names = accumulation.types.map((type, i) => {
        const name = emitter.fresh("a");
        emitter.line(`var ${name}: ${type} = ${starts[i]!};`);
        return name;
      });
      return { node, accumulation, names };
    });
    emitter.block(this.columnLoop(), () => {
      for (const { node, accumulation, names } of reductions) {
        const value = this.valueOf(node.inputs[0]!, "element");
        emitter.line(accumulation.step(names, value, "column", emitter.use));
      }
    });
    for (const reduction of reductions) {
      const names = this.isSerial ? reduction.names : this.merged(reduction);
      const { node, accumulation } = reduction;
      const value = narrowed(accumulation.finish(names), node.type.dtype, emitter.use);
      this.results.set(node.id, emitter.let(value));
    }
  }

  /** Brings the accumulators of a workgroup together; returns names of what all lanes then see. */
  private merged({ accumulation, names }: Reduction): Wgsl[] {
    const { emitter, subgroupLanes } = this;
    // By exchange: all lanes of a subgroup end with the same, whatever the order of the two operands.
    for (let distance = subgroupLanes / 2; distance >= 1; distance /= 2) {
      const others = names.map((name) => emitter.let(`subgroupShuffleXor(${name}, ${distance}u)`));
      emitter.line(accumulation.merge(names, others, emitter.use));
    }
    const parts = lightGroupSize / subgroupLanes;
    const shared = accumulation.types.map((type) => {
      const name = emitter.fresh("shared");
      this.declarations.push(`var<workgroup> ${name}: array<${type}, ${parts}>;`);
      return name;
    });
    const [part, test] =
      subgroupLanes > 1 ? ["subgroup", "if (subgroup_lane == 0u) "] : ["lane", ""];
    const keep = shared.map((name, i) => `${name}[${part}] = ${names[i]!};`);
    emitter.line(`${test}{ ${keep.join(" ")} }`);
    emitter.line("workgroupBarrier();");
    const own = shared.map((name) => `${name}[lane]`);
    const other = shared.map((name) => `${name}[lane + half]`);
    const first = this.unknown(`${parts / 2}u`);
    emitter.line(`for (var half = ${first}; half > 0u; half = half >> 1u) {
      if (lane < half) { ${accumulation.merge(own, other, emitter.use)} }
      workgroupBarrier();
    }`);
    return shared.map((name) => `${name}[0]`);
  }

  /** The bound of a loop; in software one that keeps it a loop, as barriers that are written out compile slowest of all. */
  private unknown(bound: Wgsl): Wgsl {
    return this.isSoftware ? `${bound} + ${hiddenZero}` : bound;
  }

  /** Maps per row whose reductions are known, so that no loop over columns computes them. */
  private emitRowMaps(): void {
    const { work } = this.context;
    const known = new Set(this.results.keys());
    for (const { id } of work.group.maps) {
      if (!work.computed.has(id) || this.levelOf(id) !== "row") continue;
      if (this.waitsFor(id, known).size === 0) this.valueOf(id, "row");
    }
  }

  private emitElements(): void {
    const { emitter, context } = this;
    const stores = context.work.stores.filter((id) => this.levelOf(id) === "element");
    if (stores.length === 0) return;
    emitter.block(this.columnLoop(), () => {
      const values = stores.map((id) => this.valueOf(id, "element"));
      stores.forEach((id, i) => {
        const { shape } = context.program.nodes[id]!.type;
        const place = canonicalPosition(this.space, shape, "element").flat();
        emitter.line(storeOf(context, id, emitter.index(place), [values[i]!]));
      });
    });
  }

  private emitRows(): void {
    const { emitter, context } = this;
    const stores = context.work.stores.filter((id) => this.levelOf(id) === "row");
    if (stores.length === 0) return;
    const values = stores.map((id) => this.results.get(id) ?? this.valueOf(id, "row"));
    // Other lanes may still read what a row's result replaces.
    if (!this.isSerial) emitter.line("storageBarrier();");
    emitter.block(this.isSerial ? "" : "if (lane == 0u)", () => {
      stores.forEach((id, i) => {
        emitter.line(storeOf(context, id, "row", [values[i]!]));
      });
    });
  }

  private columnLoop(): Wgsl {
    return this.isSerial
      ? "for (var column = 0u; column < columns; column++)"
      : `for (var column = lane; column < columns; column += ${lightGroupSize}u)`;
  }

  private valueOf(id: number, level: Level): Wgsl {
    const { shape } = this.context.program.nodes[id]!.type;
    return this.emitter.value(id, canonicalPosition(this.space, shape, level));
  }

  private levelOf(id: number): Level {
    const node = this.context.program.nodes[id]!;
    const isReduction = this.context.work.group.heavy.some((heavy) => heavy.id === id);
    return isReduction ? "row" : (levelIn(this.space, node.type.shape) ?? "element");
  }
}
