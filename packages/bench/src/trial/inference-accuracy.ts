// How often a classifier is right on the rows that the suite keeps back, in the very program that is then timed.
import { toNumbers, type HostTensor } from "@fastgpu/core";
import type { RemoteExecutable } from "@fastgpu/runtime";
import { inferenceRows, type InferenceWorkload } from "./inference-program.ts";
import { cycleRows } from "./model-inputs.ts";
import type { TrialScope } from "./trial.ts";

/**
 * Share of rows whose largest output is that of their class, 0 to 1. Undefined for a model with several inputs or outputs,
 * or data without classes.
 */
export async function accuracyOf(
  scope: TrialScope<InferenceWorkload>,
  executable: RemoteExecutable,
): Promise<number | undefined> {
  const { data, trial } = scope;
  const rows = inferenceRows(scope);
  const targets = (data?.validation ?? data?.train)?.["y"];
  const [input, ...others] = Object.entries(rows ?? {});
  if (input === undefined || others.length > 0 || targets === undefined) return undefined;
  const [name, values] = input;
  const classes = classesOf(targets);
  const { batchSize } = trial.config;
  let right = 0;
  for (let start = 0; start < classes.length; start += batchSize) {
    const count = Math.min(batchSize, classes.length - start);
    // A program has one batch size, so the rows of the last batch repeat.
    const batch = cycleRows({ [name]: rowsFrom(values, start, count) }, batchSize);
    const outputs = Object.values(await executable.run(batch));
    const [output] = outputs;
    if (output === undefined || outputs.length > 1) return undefined;
    const found = classesOf(output);
    for (let row = 0; row < count; row++) if (found[row] === classes[start + row]) right++;
  }
  return right / classes.length;
}

function rowsFrom(value: HostTensor, start: number, count: number): HostTensor {
  const width = value.data.length / (value.shape[0] ?? 1);
  const data = value.data.subarray(start * width, (start + count) * width);
  return { ...value, shape: [count, ...value.shape.slice(1)], data };
}

/** The class of each row: the number itself, or where the largest of its values is. */
function classesOf(value: HostTensor): number[] {
  const numbers = toNumbers(value);
  const rows = value.shape[0] ?? 0;
  const width = rows === 0 ? 0 : numbers.length / rows;
  if (width === 1) return [...numbers];
  return Array.from({ length: rows }, (_, row) => {
    const own = numbers.subarray(row * width, (row + 1) * width);
    return own.reduce((best, number, at) => (number > (own[best] ?? NaN) ? at : best), 0);
  });
}
