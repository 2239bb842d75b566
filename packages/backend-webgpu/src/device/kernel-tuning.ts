// Measures kernels alone, each as a program of one op on made-up operands, so that a choice of its sizes can be judged and
// stored. It only measures: what to measure next is the caller's search.
import { performance } from "node:perf_hooks";
import {
  GraphBuilder,
  isFloat,
  MeasurementError,
  sizeOf,
  tensorFrom,
  toNumbers,
  type Executable,
  type Graph,
  type HostTensor,
  type KernelChoice,
  type KernelTuning,
  type State,
  type TensorMap,
  type TensorType,
  type TunableKernel,
} from "@fastgpu/core";
import { cast } from "@fastgpu/core/functional";
import type { AdapterTraits, Operand, Tile } from "../kernels/kernel.ts";
import { compileGraph } from "../lower/compile.ts";
import type { Application, TileChoice } from "../lower/families.ts";
import { prepare } from "../lower/prepare.ts";
import { classOf, isByte, type OpNode } from "../lower/program.ts";
import { choiceKey, type KernelChoices } from "./kernel-choices.ts";

/** What the tuning needs of its device. */
export interface TuningDevice {
  readonly traits: AdapterTraits;
  createState(initial: TensorMap): Promise<State>;
  compileWith(graph: Graph, state: State, chooseTile: TileChoice): Promise<Executable>;
}

interface KnownKernel extends TunableKernel {
  readonly types: readonly TensorType[];
  readonly graph: Graph;
}

/** Batches whose shortest mean counts: what else the machine does only ever adds time. */
const batches = 3;

/** The stored choice of a kernel, if it is among those that the kernel has. */
export function storedChoice(choices: KernelChoices, traits: AdapterTraits): TileChoice {
  return (application, operands) => {
    const stored = choices.get(choiceKey(application, operands, traits));
    if (stored === undefined) return undefined;
    const { family, problem } = application;
    return family.tiles(problem, operands, traits).find((tile) => isSame(tile, stored));
  };
}

/** See {@link KernelTuning}. */
export class GpuKernelTuning implements KernelTuning {
  private readonly device: TuningDevice;
  private readonly choices: KernelChoices;
  private readonly known = new Map<string, KnownKernel>();
  /** Results of the engine's own choice, by key. */
  private readonly expected = new Map<string, readonly number[]>();

  constructor(device: TuningDevice, choices: KernelChoices) {
    this.device = device;
    this.choices = choices;
  }

  /** See {@link KernelTuning.kernels}. */
  kernels(graph: Graph): readonly TunableKernel[] {
    const program = prepare(graph);
    const nodes = program.nodes.filter(
      (node): node is OpNode => node.kind === "op" && classOf(node.op) === "contraction",
    );
    const found = new Map<string, KnownKernel>();
    for (const node of nodes) {
      const kernel = this.alone(
        node,
        node.inputs.flatMap((id) => program.nodes[id]?.type ?? []),
      );
      if (kernel.choices.length > 1) found.set(kernel.key, kernel);
    }
    for (const [key, kernel] of found) this.known.set(key, kernel);
    return [...found.values()].map(({ key, name, choices }) => ({ key, name, choices }));
  }

  /** See {@link KernelTuning.measure}. */
  async measure(key: string, choice: KernelChoice, budgetMs: number): Promise<number> {
    const kernel = this.kernel(key);
    const tile = kernel.choices.find((one) => isSame(one, choice));
    if (tile === undefined) {
      throw new MeasurementError(
        `tuning ${kernel.name}: sizes must be among its choices, got ${JSON.stringify(choice)}`,
      );
    }
    const state = await this.device.createState(operandsOf(kernel));
    try {
      const [own = tile] = kernel.choices;
      const expected = this.expected.get(key) ?? (await this.run(kernel, own, state));
      this.expected.set(key, expected);
      const program = await this.device.compileWith(kernel.graph, state, () => tile);
      try {
        checkResults(kernel, tile, await resultsOf(program), expected);
        return await shortestMean(program, budgetMs);
      } finally {
        await program.dispose();
      }
    } finally {
      await state.dispose();
    }
  }

  /** See {@link KernelTuning.keep}. */
  keep(key: string, choice: KernelChoice, durationNs: number): Promise<void> {
    this.kernel(key);
    return this.choices.keep(key, choice, durationNs);
  }

  private kernel(key: string): KnownKernel {
    const kernel = this.known.get(key);
    if (kernel !== undefined) return kernel;
    throw new MeasurementError(`tuning: a kernel must have been listed before, got ${key}`);
  }

  private async run(kernel: KnownKernel, tile: Tile, state: State): Promise<readonly number[]> {
    const program = await this.device.compileWith(kernel.graph, state, () => tile);
    try {
      return await resultsOf(program);
    } finally {
      await program.dispose();
    }
  }

  /** The op of a node as a program of its own. */
  private alone(node: OpNode, types: readonly TensorType[]): KnownKernel {
    const builder = new GraphBuilder(node.op);
    const operands = types.map(({ dtype, shape }, i) => {
      const x = builder.state(`x${String(i)}`, dtype, shape);
      // Products of bytes have results in i32, which a graph states by casts.
      return isByte(dtype) ? cast(x, node.type.dtype) : x;
    });
    builder.output("y", builder.op(node.op, operands, node.attrs as never));
    const graph = builder.build();
    let seen: { application: Application; operands: readonly Operand[] } | undefined;
    compileGraph(graph, {
      traits: this.device.traits,
      slotAddress: (name) => ({ buffer: name, offsetBytes: 0 }),
      chooseTile: (application, stored) => {
        seen = { application, operands: stored };
        return undefined;
      },
    });
    if (seen === undefined) return { key: node.op, name: node.op, choices: [], types, graph };
    const { application } = seen;
    return {
      key: choiceKey(application, seen.operands, this.device.traits),
      name: application.family.name,
      choices: application.family.tiles(application.problem, seen.operands, this.device.traits),
      types,
      graph,
    };
  }
}

/** Seeded numbers in [-1, 1) for floats, all bytes for bytes, whole numbers in [0, 8) else. */
function operandsOf({ types }: KnownKernel): TensorMap {
  return Object.fromEntries(
    types.map(({ dtype, shape }, i): [string, HostTensor] => {
      let seed = i + 1;
      const numberOf = (bits: number): number => {
        if (isFloat(dtype)) return bits / 2 ** 31 - 1;
        if (isByte(dtype)) return (bits >>> 24) - (dtype === "i8" ? 128 : 0);
        return bits >>> 29;
      };
      const values = Array.from({ length: sizeOf(shape) }, () => {
        // The 32-bit generator of Numerical Recipes.
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return numberOf(seed);
      });
      return [`x${String(i)}`, tensorFrom(dtype, shape, values)];
    }),
  );
}

/**
 * Choices only differ in the order of sums, those in f16 in their rounding too: by a small share of the largest result. Whole
 * numbers do not differ.
 */
function checkResults(
  { name, types }: KnownKernel,
  tile: Tile,
  found: ArrayLike<number>,
  expected: readonly number[],
): void {
  const rounding = tile["half"] === 1 ? 4e-3 : 1e-3;
  const share = types.every(({ dtype }) => isFloat(dtype)) ? rounding : 0;
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [i, value] of expected.entries()) {
    if (Math.abs((found[i] ?? NaN) - value) <= share * scale) continue;
    throw new MeasurementError(
      `tuning ${name}: results must not depend on the sizes, got ${String(found[i])} for ${String(value)} with ${JSON.stringify(tile)}`,
    );
  }
}

async function resultsOf(program: Executable): Promise<readonly number[]> {
  const { y } = await program.run({});
  return y === undefined ? [] : [...toNumbers(y)];
}

async function shortestMean(program: Executable, budgetMs: number): Promise<number> {
  const batch = async (count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i++) await program.run({}, []);
    await program.sync();
    return ((performance.now() - start) * 1e6) / count;
  };
  const once = await batch(1);
  const count = Math.max(1, Math.min(1000, Math.round((budgetMs * 1e6) / batches / once)));
  let shortest = once;
  for (let i = 0; i < batches; i++) shortest = Math.min(shortest, await batch(count));
  return Math.max(1, Math.round(shortest));
}

function isSame(a: KernelChoice, b: KernelChoice): boolean {
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return names.length === others.length && names.every((name) => a[name] === b[name]);
}
