// Latency and throughput of a model's predictions, or of one operation, with weights as constants of the program.
import {
  sizeOf,
  toNumbers,
  type HostTensor,
  type ModelTensorMap,
  type TensorMap,
} from "@fastgpu/core";
import type { CorrectnessCheck, Measurements } from "@fastgpu/results";
import { checkFinite, compareWith } from "./compare.ts";
import { prepareInference, type InferenceWorkload, type Prepared } from "./inference-program.ts";
import { measureSubject } from "./measure.ts";
import { accuracyOf } from "./inference-accuracy.ts";
import { requireSupport } from "./support.ts";
import { toleranceRatio } from "./tolerance.ts";
import { withDevice, type TrialScope } from "./trial.ts";

/** Measures predictions. */
export async function runInference(scope: TrialScope<InferenceWorkload>): Promise<Measurements> {
  const prepared = prepareInference(scope);
  const { graph, state, inputs } = prepared;
  const open = await withDevice(scope);
  const { device } = open;
  scope.enter("load");
  await requireSupport(device, graph);
  const hasState = Object.keys(state).length > 0;
  const resident = hasState ? await device.createState(state) : undefined;
  scope.enter("compile");
  const startedAt = process.hrtime.bigint();
  const executable = await device.compile(graph, resident, { freezeState: hasState });
  const compileNs = Number(process.hrtime.bigint() - startedAt);
  const metrics: Record<string, number> = {};
  return measureSubject(open, {
    target: { kind: "program", executable: executable.handle },
    compileNs,
    firstInputs: inputs,
    inputs: [inputs],
    fetch: graph.outputs.map(({ name }) => name),
    samplesPerIteration: scope.trial.config.batchSize,
    graph,
    metrics,
    check: async (outputs) => {
      const check = checkOutputs(scope, outputs, prepared);
      if (check.passed && scope.trial.weights !== undefined) {
        const share = await accuracyOf(scope, executable);
        if (share !== undefined) metrics["accuracyShare"] = share;
      }
      return check;
    },
  });
}

function checkOutputs(
  scope: TrialScope<InferenceWorkload>,
  given: ModelTensorMap,
  { graph, reference }: Prepared,
): CorrectnessCheck {
  // The outputs of a graph have the dtypes of graphs.
  const outputs = given as TensorMap;
  if (reference === undefined) {
    return checkFinite(
      "outputs themselves: the reference would take too long",
      Object.values(outputs).map(toNumbers),
    );
  }
  const expected = reference.evaluate();
  const comparisons = graph.outputs.map(({ name }) => {
    const wanted = expected[name]?.data ?? [];
    const found = outputs[name];
    // Rows come first, so the rows that the reference has are the start of the data.
    return {
      name,
      expected: wanted,
      actual: found === undefined ? [] : start(found, wanted.length),
    };
  });
  const words = { kind: "reference", reference: reference.words } as const;
  return compareWith(words, comparisons, toleranceRatio[scope.precision]);
}

function start(value: HostTensor, count: number): Float64Array {
  const length = Math.min(count, sizeOf(value.shape));
  const part = { ...value, shape: [length], data: value.data.subarray(0, length) } as HostTensor;
  return toNumbers(part);
}
