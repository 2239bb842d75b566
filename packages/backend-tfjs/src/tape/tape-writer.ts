// Builds a tape call by call. The same call on the same registers is made once, so that lowerings may ask for a
// transposition or a cast wherever they need one; registers are freed after the last call that reads them.
import { fuseCalls, type BareCall, type FuseRules } from "../fuse/fuse-calls.ts";
import type { Call, Edge, Tape, TapeConstant } from "./tape.ts";
import type { KernelType } from "./kernel-type.ts";

type Inputs = Call["inputs"];

/** A register and the permutation of its axes that gives another one. */
export interface Permutation {
  readonly edge: Edge;
  readonly perm: readonly number[];
}

/** A tape in the making. Every kernel that is used is pure: the same call gives the same result. */
export class TapeWriter {
  /** See {@link EngineTraits.castsInPlace}. */
  readonly castsInPlace: boolean;
  private readonly calls: BareCall[] = [];
  private readonly constants: TapeConstant[] = [];
  private readonly types: KernelType[] = [];
  private readonly made = new Map<string, readonly Edge[]>();
  private readonly producers = new Map<Edge, BareCall>();
  private readonly permutations = new Map<Edge, Permutation>();
  private readonly matrices = new Map<Edge, string>();
  private op = "";

  constructor(castsInPlace = false) {
    this.castsInPlace = castsInPlace;
  }

  /** Names the op that the next calls stand for. */
  setOp(op: string): void {
    this.op = op;
  }

  /** A register that the caller fills before each run. */
  register(type: KernelType): Edge {
    this.types.push(type);
    return this.types.length - 1;
  }

  /** A register that holds a constant. */
  constant(type: KernelType, data: TapeConstant["data"]): Edge {
    const isSmall = data.length <= 16;
    const key = isSmall ? `const ${JSON.stringify(type)} ${numberKey(data)}` : "";
    const known = isSmall ? this.made.get(key)?.[0] : undefined;
    if (known !== undefined) return known;
    const edge = this.register(type);
    this.constants.push({ edge, type, data });
    if (isSmall) this.made.set(key, [edge]);
    return edge;
  }

  /** Adds a call with one result. */
  call(kernel: string, inputs: Inputs, attrs: Call["attrs"], type: KernelType): Edge {
    const [edge] = this.callAll(kernel, inputs, attrs, [type]);
    return edge as Edge;
  }

  /** Adds a call with several results. */
  callAll(
    kernel: string,
    inputs: Inputs,
    attrs: Call["attrs"],
    types: readonly KernelType[],
  ): readonly Edge[] {
    const key = JSON.stringify([kernel, inputs, attrs, types]);
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const results = types.map((type) => this.register(type));
    const call = { kernel, inputs, attrs, results, op: this.op };
    this.calls.push(call);
    for (const edge of results) this.producers.set(edge, call);
    this.made.set(key, results);
    return results;
  }

  /** The type of a register. */
  typeOf(edge: Edge): KernelType {
    const type = this.types[edge];
    if (type === undefined) throw new RangeError(`tape: register must exist, got ${edge}`);
    return type;
  }

  /** The register whose memory a register shares: reshapes look at the same elements. */
  rootOf(edge: Edge): Edge {
    const call = this.producers.get(edge);
    const source = (call?.inputs as Readonly<Record<string, Edge>> | undefined)?.["x"];
    return call?.kernel === "Reshape" && source !== undefined ? this.rootOf(source) : edge;
  }

  /**
   * Whether the memory of a register has been used as a matrix of a shape, or of none so far; it is from now on. A
   * register that the caller fills may be used by other tapes too: it counts as a matrix of its own last two axes.
   */
  claimsMatrix(edge: Edge): boolean {
    const root = this.rootOf(edge);
    const key = this.typeOf(edge).shape.slice(-2).join();
    const own = this.producers.has(root) ? key : this.typeOf(root).shape.slice(-2).join();
    const claimed = this.matrices.get(root) ?? own;
    this.matrices.set(root, claimed);
    return claimed === key;
  }

  /** Notes that a register is another one with its axes permuted, whatever calls that took. */
  notePermutation(edge: Edge, source: Permutation): void {
    if (!this.permutations.has(edge)) this.permutations.set(edge, source);
  }

  /** What a register is a permutation of; undefined if it was not made as one. */
  permutationOf(edge: Edge): Permutation | undefined {
    return this.permutations.get(edge);
  }

  /** The elements of a constant; undefined for any other register. */
  constantAt(edge: Edge): TapeConstant["data"] | undefined {
    return this.constants.find((constant) => constant.edge === edge)?.data;
  }

  /** The call that fills a register; undefined for constants and registers that the caller fills. */
  producerOf(edge: Edge): BareCall | undefined {
    return this.producers.get(edge);
  }

  /**
   * The tape, without the calls that nothing kept depends on.
   *
   * @param kept - registers that are read after a run
   * @param filled - registers that the caller fills and frees
   * @param rules - what to join into fused programs; nothing by default
   */
  finish(kept: readonly Edge[], filled: readonly Edge[], rules?: FuseRules): Tape {
    const needed = this.neededCalls(new Set(kept));
    const calls = rules === undefined ? needed : this.fused(needed, rules, kept);
    const lasting = new Set([...kept, ...filled, ...this.constants.map(({ edge }) => edge)]);
    const freed = new Set<Edge>();
    const withFrees: Call[] = [];
    for (const call of calls.toReversed()) {
      const frees = [...new Set([...inputsOf(call.inputs), ...call.results])].filter(
        (edge) => !lasting.has(edge) && !freed.has(edge),
      );
      for (const edge of frees) freed.add(edge);
      withFrees.push({ ...call, frees });
    }
    const read = new Set([...kept, ...calls.flatMap(({ inputs }) => inputsOf(inputs))]);
    return {
      calls: withFrees.reverse(),
      constants: this.constants.filter(({ edge }) => read.has(edge)),
      types: this.types,
    };
  }

  private fused(
    calls: readonly BareCall[],
    rules: FuseRules,
    kept: readonly Edge[],
  ): readonly BareCall[] {
    const constants = new Map(this.constants.map(({ edge, data }) => [edge, data]));
    return fuseCalls(calls, rules, { types: this.types, constants, kept: new Set(kept) });
  }

  private neededCalls(needed: Set<Edge>): BareCall[] {
    const calls: BareCall[] = [];
    for (const call of this.calls.toReversed()) {
      if (!call.results.some((edge) => needed.has(edge))) continue;
      for (const edge of inputsOf(call.inputs)) needed.add(edge);
      calls.push(call);
    }
    return calls.reverse();
  }
}

/** All registers that a call reads. */
export function inputsOf(inputs: Inputs): readonly Edge[] {
  return Array.isArray(inputs) ? (inputs as readonly Edge[]) : Object.values(inputs);
}

/** Text that tells numbers apart, -0 and NaN included. */
function numberKey(data: ArrayLike<number>): string {
  return Array.from(data, (value) => (Object.is(value, -0) ? "-0" : String(value))).join();
}
