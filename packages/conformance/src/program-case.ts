// Cases that run one program and compare everything it yields with the float64 reference.
import {
  formatType,
  isFloat,
  tensorFrom,
  type Device,
  type DType,
  type Graph,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import { agreedExactly, ConformanceError, type CaseResult, type ConformanceCase } from "./case.ts";
import { expectRuns, type BoundedRun } from "./reference/bounds.ts";
import { compareTensor } from "./reference/compare.ts";

/** A program with what it is fed. Tensors must hold numbers of their dtype. */
export interface Program {
  readonly graph: Graph;
  /** Inputs of each of the consecutive runs. */
  readonly runs: readonly RefMap[];
  /** The state before the first run; required if the graph has slots. */
  readonly state?: RefMap;
  /** Compiles with `freezeState`; the graph must not change its state. */
  readonly isFrozen?: boolean;
  /** Replaces what the reference gives, for expectations that come from another method. */
  readonly expected?: readonly BoundedRun[];
}

/**
 * A case from a program; the program is built when the case runs.
 *
 * @param name - of the case
 * @param make - builds the program, the same each time
 */
export function programCase(name: string, make: () => Program): ConformanceCase {
  return { name, run: (device) => runProgram(device, make()) };
}

/** What a program must give, bounded. */
export function expectationOf({ graph, runs, state, expected }: Program): readonly BoundedRun[] {
  return expected ?? expectRuns(graph, runs, state);
}

/** Tensors of the reference as tensors of the host. */
export function hostTensors(values: RefMap): TensorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [
      name,
      tensorFrom(dtype, shape, data),
    ]),
  );
}

/** Says which dtype of the program the device does not compute in, if there is one. */
export function missingDType({ dtypes }: Device["info"], graph: Graph): DType | undefined {
  return graph.nodes.map(({ type }) => type.dtype).find((dtype) => !dtypes.includes(dtype));
}

async function runProgram(device: Device, program: Program): Promise<CaseResult> {
  const { graph, runs, state: initial } = program;
  const missing = missingDType(device.info, graph);
  if (missing !== undefined) {
    return { kind: "notApplicable", reason: `the device does not compute in ${missing}` };
  }
  const expected = expectationOf(program);
  checkWellPosed(graph, expected);
  const state = initial === undefined ? undefined : await device.createState(hostTensors(initial));
  const executable = await device.compile(graph, state, {
    freezeState: program.isFrozen ?? false,
  });
  let worst = 0;
  for (const [i, inputs] of runs.entries()) {
    const at = runs.length === 1 ? "" : ` of run ${i}`;
    const actual = await executable.run(hostTensors(inputs));
    for (const [name, tensor] of Object.entries(expected[i]?.outputs ?? {})) {
      worst = Math.max(worst, compareTensor(`output "${name}"${at}`, actual[name], tensor));
    }
  }
  if (state !== undefined) {
    const actual = await state.read();
    for (const [name, tensor] of Object.entries(expected.at(-1)?.state ?? {})) {
      worst = Math.max(worst, compareTensor(`state "${name}"`, actual[name], tensor));
    }
  }
  await executable.dispose();
  await state?.dispose();
  return worst === 0 ? agreedExactly : { kind: "agreed", worstRatio: worst };
}

/** Largest share of a tensor's largest element that its tolerance may be, by the coarsest dtype of the program. */
const conditionLimit = { f32: 0.02, f16: 0.5 } as const;

/** Tensors of smaller numbers than this, such as differences that vanish, are judged on this scale. */
const smallestScale = 2e-3;

/**
 * A case that tolerates nearly anything is a fault of the suite, not of the device.
 *
 * @throws {ConformanceError} naming the tensor
 */
function checkWellPosed(graph: Graph, runs: readonly BoundedRun[]): void {
  const hasHalf = graph.nodes.some(({ type }) => type.dtype === "f16");
  const floatLimit = conditionLimit[hasHalf ? "f16" : "f32"];
  for (const { outputs, state } of runs) {
    for (const [name, tensor] of [...Object.entries(outputs), ...Object.entries(state)]) {
      const { dtype, data, bounds } = tensor;
      const largest = data.reduce(
        (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
        0,
      );
      const loosest = bounds.reduce((most, value) => Math.max(most, value), 0);
      const limit = isFloat(dtype) ? floatLimit : 0;
      if (loosest <= limit * Math.max(largest, smallestScale)) continue;
      throw new ConformanceError(
        `${name}: a case must tolerate at most ${limit} of its largest element, got ${loosest} of ${largest} for ${formatType(tensor)}`,
      );
    }
  }
}
