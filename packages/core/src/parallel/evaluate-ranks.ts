// The reference interpreter for several ranks: each advances until it needs another, so that a partition can be compared
// with one device in float64 and a program that would hang is found without hardware.
import { GraphError, FastGpuError } from "../errors.ts";
import type { Graph, GraphNode } from "../graph/graph.ts";
import { formatType } from "../graph/tensor.ts";
import type { AllReduceAttrs } from "../ops/all-reduce.ts";
import type { RefTensor } from "../ops/op.ts";
import { inlineComposites } from "../passes/inline.ts";
import { evaluateNode, type Evaluation, type RefMap } from "../reference/evaluate.ts";
import type { Partition } from "./strategy.ts";

/** Ranks wait for each other forever, or meet in different collectives. */
export class CollectiveError extends FastGpuError {
  readonly kind: "deadlock" | "mismatch";

  constructor(kind: CollectiveError["kind"], message: string) {
    super("GRAPH", message);
    this.kind = kind;
  }
}

/** One rank on its way through its program. */
interface Runner {
  readonly rank: number;
  readonly graph: Graph;
  readonly inputs: RefMap;
  readonly state: RefMap;
  /** Values so far; its length is the node to run next. */
  readonly values: RefTensor[];
}

/**
 * Runs all programs of a partition once.
 *
 * @param inputs - by rank: a tensor for every input of its program
 * @param state - by rank: a tensor for every state slot
 * @returns by rank what `evaluate` returns for one program
 * @throws {CollectiveError} if ranks wait for each other forever or meet in collectives that differ
 * @throws {GraphError} if a tensor is missing or of another type, or a rank is not in the group it reduces in
 */
export function evaluateRanks(
  partition: Partition,
  inputs: readonly RefMap[],
  state: readonly RefMap[],
): Evaluation[] {
  const { programs, groups } = partition;
  const runners = programs.map(({ rank, graph }) => ({
    rank,
    graph: inlineComposites(graph),
    inputs: inputs[rank] ?? {},
    state: state[rank] ?? {},
    values: [],
  }));
  const mail = new Map<string, RefTensor>();
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const runner of runners) isMoving = advance(runner, mail) || isMoving;
    for (const [group, ranks] of Object.entries(groups)) {
      isMoving = meet(group, ranks, runners) || isMoving;
    }
  }
  const waiting = runners.filter((runner) => nextNode(runner) !== undefined);
  if (waiting.length > 0) {
    const list = waiting.map((runner) => `rank ${runner.rank} at ${describeNext(runner)}`);
    throw new CollectiveError(
      "deadlock",
      `ranks: every collective must be met by all its ranks, got ${list.join("; ")} waiting forever`,
    );
  }
  return runners.map(finish);
}

function nextNode({ graph, values }: Runner): GraphNode | undefined {
  return graph.nodes[values.length];
}

/** Runs a rank up to the next node that needs another rank; true if any node ran. */
function advance(runner: Runner, mail: Map<string, RefTensor>): boolean {
  const { rank, values } = runner;
  const start = values.length;
  for (let node = nextNode(runner); node !== undefined; node = nextNode(runner)) {
    if (node.op === "allReduce") break;
    if (node.op === "recv") {
      const key = mailKey(node.attrs.from, rank, node.attrs.tag);
      const message = mail.get(key);
      if (message === undefined) break;
      checkSame(`recv "${node.attrs.tag}"`, [node.type, message]);
      mail.delete(key);
      values.push(message);
      continue;
    }
    const value = evaluateNode(node, values, runner.inputs, runner.state);
    if (node.op === "send") mail.set(mailKey(rank, node.attrs.to, node.attrs.tag), value);
    values.push(value);
  }
  return values.length > start;
}

/** Lets the ranks of a group pass an allReduce if all stand before one; true if they did. */
function meet(group: string, ranks: readonly number[], runners: readonly Runner[]): boolean {
  const members = ranks.map((rank) => {
    const runner = runners.find((candidate) => candidate.rank === rank);
    if (runner === undefined) throw new GraphError(`ranks: group ${group} has no rank ${rank}`);
    return runner;
  });
  const calls: { runner: Runner; attrs: AllReduceAttrs; operand: RefTensor }[] = [];
  for (const runner of members) {
    const node = nextNode(runner);
    if (node?.op !== "allReduce" || node.attrs.group !== group) return false;
    const operand = runner.values[node.inputs[0] ?? -1];
    if (operand === undefined) return false;
    calls.push({ runner, attrs: node.attrs, operand });
  }
  const [first] = calls;
  if (first === undefined) return false;
  const reductions = new Set(calls.map(({ attrs }) => attrs.reduction));
  if (reductions.size > 1) {
    throw new CollectiveError(
      "mismatch",
      `ranks: reductions of group ${group} must match, got ${[...reductions].join(" and ")}`,
    );
  }
  checkSame(
    `allReduce in group ${group}`,
    calls.map(({ operand }) => operand),
  );
  const combined = combine(
    calls.map(({ operand }) => operand),
    first.attrs.reduction,
  );
  for (const { runner } of calls) runner.values.push(combined);
  return true;
}

function combine(
  operands: readonly RefTensor[],
  reduction: AllReduceAttrs["reduction"],
): RefTensor {
  const [first, ...others] = operands;
  if (first === undefined) throw new GraphError("ranks: a group must have ranks, got none");
  const join = reduction === "max" ? Math.max : (a: number, b: number): number => a + b;
  const data = first.data.map((value, i) =>
    others.reduce((total, { data: other }) => join(total, other[i] ?? NaN), value),
  );
  return {
    ...first,
    data: reduction === "mean" ? data.map((value) => value / operands.length) : data,
  };
}

function checkSame(what: string, types: readonly Pick<RefTensor, "dtype" | "shape">[]): void {
  const texts = new Set(types.map(formatType));
  if (texts.size > 1) {
    throw new CollectiveError(
      "mismatch",
      `ranks: tensors of ${what} must have one type, got ${[...texts].join(" and ")}`,
    );
  }
}

function mailKey(from: number, to: number, tag: string): string {
  return `${from} ${to} ${tag}`;
}

function describeNext(runner: Runner): string {
  const node = nextNode(runner);
  if (node?.op === "allReduce") return `allReduce in group ${node.attrs.group}`;
  return node?.op === "recv" ? `recv "${node.attrs.tag}" from ${node.attrs.from}` : "its end";
}

function finish({ graph, values }: Runner): Evaluation {
  const at = (id: number): RefTensor => {
    const value = values[id];
    if (value === undefined) throw new GraphError(`ranks: node ${id} must have run, got none`);
    return value;
  };
  return {
    outputs: Object.fromEntries(graph.outputs.map(({ name, node }) => [name, at(node)])),
    state: Object.fromEntries(graph.state.map(({ name, node, next }) => [name, at(next ?? node)])),
  };
}
