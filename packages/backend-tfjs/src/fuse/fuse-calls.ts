// Joins elementwise calls into fused programs. A program stands where its last call stood; it takes in no further call
// once something outside of it has read one of its results.
import { sizeOf } from "@fastgpu/core";
import type { Call, Edge, TapeConstant } from "../tape/tape.ts";
import type { KernelType } from "../tape/kernel-type.ts";
import {
  FUSED_KERNEL,
  fusedOps,
  isFusedOp,
  type FusedOp,
  type FusedProgram,
  type FusedStep,
} from "./fused-program.ts";
import { innerLength, walkOf } from "./operand-walk.ts";

/** A call before it is known what it frees. */
export type BareCall = Omit<Call, "frees">;

/** What an engine gains from. */
export interface FuseRules {
  /** Kernels that may be part of a program. */
  readonly ops: readonly FusedOp[];
  /** Kernels that are worth a program of their own. */
  readonly slowOps: readonly FusedOp[];
  /** Integers are worth a program of their own, as the kernels compute them in floats. */
  readonly isForIntegers: boolean;
  /** Calls from which on a program pays. */
  readonly minCalls: number;
  /** Most operands of a program. */
  readonly maxOperands: number;
  /** Loops go over memory in two nested loops; otherwise any broadcasting goes. */
  readonly isNested: boolean;
}

interface Group {
  readonly calls: BareCall[];
  readonly shape: readonly number[];
  readonly produced: Set<Edge>;
  readonly operands: Set<Edge>;
  isOpen: boolean;
}

/** Knowledge about registers that the pass needs. */
export interface RegisterFacts {
  readonly types: readonly KernelType[];
  readonly constants: ReadonlyMap<Edge, TapeConstant["data"]>;
  /** Registers that are read after the run. */
  readonly kept: ReadonlySet<Edge>;
}

/** The calls with elementwise ones joined as the rules say. */
export function fuseCalls(
  calls: readonly BareCall[],
  rules: FuseRules,
  facts: RegisterFacts,
): BareCall[] {
  const groupOf = assignGroups(calls, rules, facts);
  const readers = new Map<Edge, BareCall[]>();
  for (const call of calls) {
    for (const edge of edgesOf(call)) readers.set(edge, [...(readers.get(edge) ?? []), call]);
  }
  return calls.flatMap((call) => {
    const group = groupOf.get(call);
    if (group === undefined || !isWorthIt(group, rules, facts)) return [call];
    if (group.calls.at(-1) !== call) return [];
    return [fusedCall(group, facts, readers, groupOf)];
  });
}

function assignGroups(
  calls: readonly BareCall[],
  rules: FuseRules,
  facts: RegisterFacts,
): Map<BareCall, Group> {
  const groupOf = new Map<BareCall, Group>();
  const producer = new Map<Edge, Group>();
  const open = new Map<string, Group>();
  for (const call of calls) {
    const group = isFusable(call, rules, facts) ? join(call, open, rules, facts) : undefined;
    for (const edge of edgesOf(call)) {
      const source = producer.get(edge);
      if (source !== undefined && source !== group) source.isOpen = false;
    }
    if (group === undefined) continue;
    groupOf.set(call, group);
    for (const edge of call.results) producer.set(edge, group);
  }
  return groupOf;
}

function join(
  call: BareCall,
  open: Map<string, Group>,
  rules: FuseRules,
  { types, constants }: RegisterFacts,
): Group {
  const shape = types[call.results[0] ?? 0]?.shape ?? [];
  const key = shape.join();
  const current = open.get(key);
  const added = edgesOf(call).filter((edge) => !isScalarConstant(edge, constants));
  if (current?.isOpen === true) {
    const operands = new Set([
      ...current.operands,
      ...added.filter((edge) => !current.produced.has(edge)),
    ]);
    const walks = [...operands].map((edge) => walkOf(types[edge]?.shape ?? [], shape));
    const fits = !rules.isNested || innerLength(walks) !== undefined;
    if (fits && operands.size <= rules.maxOperands) {
      for (const edge of operands) current.operands.add(edge);
      for (const edge of call.results) current.produced.add(edge);
      current.calls.push(call);
      return current;
    }
  }
  const group: Group = {
    calls: [call],
    shape,
    produced: new Set(call.results),
    operands: new Set(added),
    isOpen: true,
  };
  open.set(key, group);
  return group;
}

function isFusable(call: BareCall, rules: FuseRules, { types }: RegisterFacts): boolean {
  const { kernel, results } = call;
  if (!isFusedOp(kernel) || !rules.ops.includes(kernel)) return false;
  const type = types[results[0] ?? 0];
  if (type === undefined || sizeOf(type.shape) === 0) return false;
  const walks = edgesOf(call).map((edge) => walkOf(types[edge]?.shape ?? [], type.shape));
  return !rules.isNested || innerLength(walks) !== undefined;
}

function isWorthIt({ calls }: Group, rules: FuseRules, { types }: RegisterFacts): boolean {
  if (calls.length >= rules.minCalls) return true;
  return calls.some(
    ({ kernel, results }) =>
      (rules.slowOps as readonly string[]).includes(kernel) ||
      (rules.isForIntegers && results.some((edge) => types[edge]?.dtype === "int32")),
  );
}

function fusedCall(
  group: Group,
  { types, constants, kept }: RegisterFacts,
  readers: ReadonlyMap<Edge, readonly BareCall[]>,
  groupOf: ReadonlyMap<BareCall, Group>,
): BareCall {
  const { calls, produced, shape } = group;
  const inputs = [...new Set(calls.flatMap(edgesOf))].filter((edge) => !produced.has(edge));
  const places = new Map(inputs.map((edge, i) => [edge, i]));
  const steps: FusedStep[] = calls.map((call, at) => {
    const op = call.kernel as FusedOp;
    const edges = edgesOf(call);
    const step = {
      op,
      dtype: types[call.results[0] ?? 0]?.dtype ?? "float32",
      operandDType: types[edges.at(-1) ?? 0]?.dtype ?? "float32",
      args: edges.map((edge) => places.get(edge) ?? 0),
    };
    places.set(call.results[0] ?? 0, inputs.length + at);
    return step;
  });
  const written = calls.filter(({ results: [edge = 0] }) => {
    const isRead = readers.get(edge)?.some((reader) => groupOf.get(reader) !== group) === true;
    return isRead || kept.has(edge);
  });
  const program: FusedProgram = {
    shape,
    operands: inputs.map((edge) => {
      const type = types[edge] ?? { dtype: "float32", shape: [] };
      const data = constants.get(edge);
      const value = data?.length === 1 ? data[0] : undefined;
      return value === undefined ? { type } : { type, value };
    }),
    steps,
    outputs: written.map((call) => calls.indexOf(call)),
  };
  return {
    kernel: FUSED_KERNEL,
    inputs,
    attrs: { program },
    results: written.map(({ results: [edge = 0] }) => edge),
    op: [...new Set(calls.map(({ op }) => op))].join("+"),
  };
}

function isScalarConstant(edge: Edge, constants: RegisterFacts["constants"]): boolean {
  return constants.get(edge)?.length === 1;
}

/** Registers a call reads, in the order of a step's arguments. */
function edgesOf({ kernel, inputs }: BareCall): readonly Edge[] {
  if (Array.isArray(inputs)) return inputs as readonly Edge[];
  const named = inputs as Readonly<Record<string, Edge>>;
  return isFusedOp(kernel)
    ? fusedOps[kernel].map((name) => named[name] ?? 0)
    : Object.values(named);
}
