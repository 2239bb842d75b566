// Graph -> dispatches: runs the stages of the compiler in order. Pure: no device is needed, and equal graphs give equal text.
import { GraphError, sizeOf, type Graph, type HostTensor, type TensorType } from "@fastgpu/core";
import type { AdapterTraits, Kernel } from "../kernels/kernel.ts";
import { applicationOf, kernelOf, type TileChoice } from "./families.ts";
import { familySegment } from "./family-kernel.ts";
import { fuse, type Fusion } from "./group.ts";
import type { KernelContext } from "./kernel-context.ts";
import { mapSegment } from "./map-kernel.ts";
import { alignmentBytes, planMemory, type Touch } from "./memory-plan.ts";
import { assemble, ModuleBindings, type Segment } from "./module.ts";
import { neededWork, type Work } from "./needs.ts";
import { placeNodes, type Placement } from "./placement.ts";
import { prepare } from "./prepare.ts";
import type { OpNode, Program } from "./program.ts";
import { rowsSegment } from "./rows-kernel.ts";
import { schedule, type Launch, type Part } from "./schedule.ts";
import { storageBytes, type Storage } from "./storage.ts";
import { workShares } from "./work-share.ts";

/** Bytes in a buffer: `inputs`, `constants`, `page <i>`, or a buffer of the state as its owner names it. */
export interface Address {
  readonly buffer: string;
  readonly offsetBytes: number;
}

/** A binding of a dispatch. */
export interface CompiledBinding extends Address {
  /** Bytes bound; undefined: the buffer from the offset to its end. */
  readonly sizeBytes: number | undefined;
  readonly isWritten: boolean;
}

/** One dispatch. */
export interface CompiledDispatch {
  /** For tables and traces: what it computes, and where that comes from. */
  readonly name: string;
  readonly op: string;
  readonly wgsl: string;
  readonly bindings: readonly CompiledBinding[];
  readonly workgroups: number;
}

/** A tensor at a border of the program; without an address if it has no elements. */
export interface CompiledPort {
  readonly name: string;
  readonly type: TensorType;
  readonly address: Address | undefined;
}

/** A compiled program. */
export interface CompiledProgram {
  readonly name: string;
  readonly dispatches: readonly CompiledDispatch[];
  readonly inputs: readonly CompiledPort[];
  readonly outputs: readonly CompiledPort[];
  readonly constants: readonly { readonly address: Address; readonly value: HostTensor }[];
  /** After the dispatches and after the outputs were taken, in order. */
  readonly copies: readonly {
    readonly from: Address;
    readonly to: Address;
    readonly bytes: number;
  }[];
  readonly inputBytes: number;
  readonly constantBytes: number;
  readonly pageBytes: readonly number[];
}

/** What a compilation depends on besides the graph. */
export interface CompileContext {
  readonly traits: AdapterTraits;
  /** Where a slot lies, checked to have the type. */
  readonly slotAddress: (name: string, type: TensorType) => Address;
  readonly chooseTile: TileChoice;
}

/**
 * Compiles a graph.
 *
 * @throws {UnsupportedOpError} for an unknown op
 * @throws {GraphError} if a tensor is larger than the adapter can bind, or a slot is missing or has another type
 */
export function compileGraph(graph: Graph, context: CompileContext): CompiledProgram {
  return new Compilation(prepare(graph), context).run();
}

class Compilation {
  private readonly program: Program;
  private readonly context: CompileContext;
  private readonly kernels = new Map<OpNode, Kernel>();
  private readonly shareOf: (node: OpNode) => number;
  private readonly inputOffsets = new Map<string, number>();
  private inputBytes = 0;
  private readonly constantOffsets = new Map<number, number>();
  private constantBytes = 0;

  constructor(program: Program, context: CompileContext) {
    this.program = program;
    this.context = context;
    this.shareOf = workShares(program);
    for (const { name, type } of program.inputs) {
      if (sizeOf(type.shape) === 0) continue;
      this.inputOffsets.set(name, this.inputBytes);
      this.inputBytes += aligned(storageBytes({ dtype: type.dtype, elements: sizeOf(type.shape) }));
    }
    for (const { name, type } of program.slots) context.slotAddress(name, type);
  }

  run(): CompiledProgram {
    const { program, context } = this;
    const { traits } = context;
    const fusion = fuse(program, (node, operands) => this.kernelFor(node, operands).output, {
      maxBindings: traits.maxBindings,
    });
    const works = neededWork(fusion);
    const placement = placeNodes(program, works);
    for (const { storage } of placement.constants) this.placeConstant(storage);
    const launches = schedule(
      works,
      (work) => this.kernels.get(work.group.heavy[0]!)!,
      placement.allocate,
    );
    const touches = launches.map((launch) => touchOf(launch, placement));
    const limit = Math.min(traits.maxBindingBytes, traits.maxBufferBytes);
    this.checkLimits(touches, limit);
    const kept = [
      ...placement.outputs.map(({ storage }) => storage),
      ...placement.copies.flatMap(({ from, to }) => [from, to]),
    ];
    const memory = planMemory(touches, kept, limit);
    const addressOf = (storage: Storage): Address => {
      const { place } = storage;
      switch (place.kind) {
        case "input":
          return { buffer: "inputs", offsetBytes: this.inputOffsets.get(place.name)! };
        case "constant":
          return { buffer: "constants", offsetBytes: this.constantOffsets.get(storage.id)! };
        case "state":
          return context.slotAddress(place.name, this.slotType(place.name));
        case "arena": {
          const { page, offsetBytes } = memory.places.get(storage.id)!;
          return { buffer: `page ${page}`, offsetBytes };
        }
      }
    };
    const dispatches = launches.map((launch, i) =>
      this.dispatch(launch, touches[i]!, fusion, placement, addressOf),
    );
    return this.result(dispatches, placement, addressOf, memory.pageBytes);
  }

  private result(
    dispatches: readonly CompiledDispatch[],
    placement: Placement,
    addressOf: (storage: Storage) => Address,
    pageBytes: readonly number[],
  ): CompiledProgram {
    const { program } = this;
    const outputs = new Map(placement.outputs.map(({ name, storage }) => [name, storage]));
    return {
      name: program.name,
      dispatches,
      inputs: program.inputs.map(({ name, type }) => {
        const offsetBytes = this.inputOffsets.get(name);
        const address = offsetBytes === undefined ? undefined : { buffer: "inputs", offsetBytes };
        return { name, type, address };
      }),
      outputs: program.outputs.map(({ name, type }) => {
        const storage = outputs.get(name);
        return { name, type, address: storage === undefined ? undefined : addressOf(storage) };
      }),
      constants: placement.constants.map(({ node, storage }) => ({
        address: addressOf(storage),
        value: constantValue(program, node),
      })),
      copies: placement.copies.map(({ from, to }) => ({
        from: addressOf(from),
        to: addressOf(to),
        bytes: storageBytes(from),
      })),
      inputBytes: this.inputBytes,
      constantBytes: this.constantBytes,
      pageBytes,
    };
  }

  private kernelFor(node: OpNode, operands: Parameters<typeof kernelOf>[1]): Kernel {
    const { traits, chooseTile } = this.context;
    const application = applicationOf(this.program, node);
    const kernel = kernelOf(application, operands, traits, chooseTile, this.shareOf(node));
    this.kernels.set(node, kernel);
    return kernel;
  }

  private placeConstant(storage: Storage): void {
    this.constantOffsets.set(storage.id, this.constantBytes);
    this.constantBytes += aligned(storageBytes(storage));
  }

  private slotType(name: string): TensorType {
    return this.program.slots.find((slot) => slot.name === name)!.type;
  }

  private checkLimits(touches: readonly Touch[], limitBytes: number): void {
    for (const { reads, writes } of touches) {
      for (const storage of [...reads, ...writes]) {
        const bytes = storageBytes(storage);
        if (bytes <= limitBytes) continue;
        throw new GraphError(
          `webgpu: a tensor must fit the adapter's binding limit of ${limitBytes} bytes, got ${bytes} for ${storage.elements} elements of ${storage.dtype}`,
        );
      }
    }
    if (this.inputBytes > this.context.traits.maxBufferBytes) {
      throw new GraphError(
        `webgpu: inputs must fit a buffer of ${this.context.traits.maxBufferBytes} bytes, got ${this.inputBytes}`,
      );
    }
  }

  private dispatch(
    launch: Launch,
    touch: Touch,
    fusion: Fusion,
    placement: Placement,
    addressOf: (storage: Storage) => Address,
  ): CompiledDispatch {
    const tensors = new Set([...touch.reads, ...touch.writes]);
    const isCrowded = tensors.size > this.context.traits.maxBindings;
    const bindings = new ModuleBindings(
      isCrowded
        ? (storage) => {
            const { buffer, offsetBytes } = addressOf(storage);
            return { buffer, firstWord: offsetBytes / 4 };
          }
        : undefined,
    );
    const segments = launch.parts.map((part) => this.segment(part, fusion, placement, bindings));
    const code = assemble(segments, bindings);
    if (code.bindings.length > this.context.traits.maxBindings) {
      throw new GraphError(
        `webgpu: a kernel must bind at most ${this.context.traits.maxBindings} buffers, got ${code.bindings.length}`,
      );
    }
    return {
      name: launch.parts.map((part) => nameOf(part, this.program)).join(" | "),
      op: opOf(launch.parts, segments),
      wgsl: code.wgsl,
      workgroups: code.workgroups,
      bindings: code.bindings.map(({ storage, isWords, isWritten }): CompiledBinding => {
        const { buffer, offsetBytes } = addressOf(storage);
        return isWords
          ? { buffer, offsetBytes: 0, sizeBytes: undefined, isWritten }
          : { buffer, offsetBytes, sizeBytes: storageBytes(storage), isWritten };
      }),
    };
  }

  private segment(
    { work, stage }: Part,
    { program, homes }: Fusion,
    { viewOf }: Placement,
    bindings: ModuleBindings,
  ): Segment {
    const { hasF16, isSoftware } = this.context.traits;
    const isHalfNative = hasF16 && !isSoftware;
    const context: KernelContext = { program, homes, work, bindings, isHalfNative, viewOf };
    if (stage !== undefined) {
      const { kernel, index, scratchRead, scratchWrite } = stage;
      return familySegment(context, kernel, kernel.stages[index]!, {
        read: scratchRead,
        write: scratchWrite,
      });
    }
    return work.group.space.kind === "flat"
      ? mapSegment(context)
      : rowsSegment(context, this.context.traits);
  }
}

function constantValue({ nodes }: Program, id: number): HostTensor {
  const node = nodes[id]!;
  if (node.kind !== "constant") throw new TypeError(`node ${id} must be a constant`);
  return node.value;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignmentBytes) * alignmentBytes;
}

/** What a launch reads and writes in memory. */
function touchOf({ parts }: Launch, { viewOf }: Placement): Touch {
  const reads = new Set<Storage>();
  const writes = new Set<Storage>();
  for (const { work, stage } of parts) {
    const isLast = stage === undefined || stage.scratchWrite === undefined;
    const bases = new Set(work.group.operands.map(({ base }) => base));
    for (const id of work.reads) if (isLast || bases.has(id)) reads.add(viewOf(id).storage);
    if (stage?.scratchRead !== undefined) reads.add(stage.scratchRead);
    if (stage?.scratchWrite !== undefined) writes.add(stage.scratchWrite);
    if (isLast) for (const id of work.stores) writes.add(viewOf(id).storage);
  }
  return { reads: [...reads], writes: [...writes] };
}

function nameOf({ work, stage }: Part, program: Program): string {
  const { heavy, maps } = work.group;
  const [first] = heavy.length > 0 ? heavy : maps;
  const scope = first === undefined || first.scope === "" ? program.name : first.scope;
  const steps = stage !== undefined && stage.kernel.stages.length > 1 ? ` ${stage.index + 1}` : "";
  return `${scope}/${opsOf(work)}${steps}`;
}

/** Heavy ops by name and the maps behind them by number. */
function opsOf({ group, stores }: Work): string {
  const heavy = group.heavy.map(({ op }) => op);
  const ops = [...new Set(heavy)].map((op) => {
    const count = heavy.filter((other) => other === op).length;
    return count === 1 ? op : `${count} ${op}`;
  });
  const maps = group.maps.filter(({ id }) => stores.includes(id)).map(({ op }) => op);
  return [...ops, ...new Set(maps)].join("+");
}

function opOf(parts: readonly Part[], segments: readonly Segment[]): string {
  if (parts.length > 1) return `${parts.length} kernels`;
  const [heavy] = parts[0]!.work.group.heavy;
  return `${heavy?.op ?? "map"} ${segments[0]!.label}`;
}
