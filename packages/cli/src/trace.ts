// The kernels of a run's trials: as a trace that Perfetto and chrome://tracing open, and as a table of the longest.
import type { KernelTiming } from "@fastgpu/core";
import type { RunRecord } from "@fastgpu/results";

/** The kernels of one run of a trial's program. */
export interface Profile {
  readonly trialId: string;
  readonly kernels: readonly KernelTiming[];
}

/** Rows of the table for each trial. */
const shownKernels = 10;

/**
 * JSON in Chrome's trace event format (Google, Trace Event Format, 2016): one process per trial, times in microseconds.
 * Kernels whose start the engine does not tell follow each other.
 */
export function traceOf(record: RunRecord, profiles: readonly Profile[]): string {
  const traceEvents = profiles.flatMap(({ trialId, kernels }, index) => {
    const name = titleOf(record, trialId);
    const place = { pid: index + 1, tid: 1 };
    let endNs = 0;
    const events = kernels.map(({ name: kernel, op, durationNs, startNs = endNs, provider }) => {
      endNs = startNs + durationNs;
      return {
        ...place,
        ph: "X",
        cat: "kernel",
        name: kernel,
        ts: startNs / 1000,
        dur: durationNs / 1000,
        args: { op, ...(provider === undefined ? {} : { provider }) },
      };
    });
    const labels = clockText(kernels);
    return [
      { ...place, ph: "M", name: "process_name", args: { name } },
      ...(labels === "" ? [] : [{ ...place, ph: "M", name: "process_labels", args: { labels } }]),
      ...events,
    ];
  });
  return `${JSON.stringify({ displayTimeUnit: "ns", traceEvents }, null, 1)}\n`;
}

/** The longest kernels of each trial with their share of its device time. */
export function kernelTable(record: RunRecord, profiles: readonly Profile[]): string {
  const tables = profiles
    .filter(({ kernels }) => kernels.length > 0)
    .map(({ trialId, kernels }) => {
      const totalNs = kernels.reduce((sum, { durationNs }) => sum + durationNs, 0);
      const longest = kernels
        .toSorted((a, b) => b.durationNs - a.durationNs)
        .slice(0, shownKernels);
      const rows = longest.map(({ name, op, durationNs }) => {
        const share = totalNs === 0 ? 0 : (100 * durationNs) / totalNs;
        const duration = (durationNs / 1000).toFixed(1).padStart(11);
        return `${duration} us ${share.toFixed(1).padStart(5)}%  ${name}  [${op}]`;
      });
      const head = `${titleOf(record, trialId)}: ${kernels.length} kernels, ${(totalNs / 1000).toFixed(1)} us`;
      const clock = clockText(kernels);
      return [clock === "" ? head : `${head}, ${clock}`, ...rows].join("\n");
    });
  return tables.length === 0
    ? "\nno engine of this run tells the time of its kernels\n"
    : `\n${tables.join("\n\n")}\n`;
}

/** In what steps the clock behind the times goes, where that is known. */
function clockText(kernels: readonly KernelTiming[]): string {
  const quantumNs = kernels.find((kernel) => kernel.quantumNs !== undefined)?.quantumNs;
  return quantumNs === undefined ? "" : `times in steps of ${quantumNs} ns`;
}

function titleOf({ trials }: RunRecord, trialId: string): string {
  const config = trials.find(({ id }) => id === trialId)?.config;
  if (config === undefined) return trialId;
  const { workload, backend, device, precision, batchSize } = config;
  return `${workload.name} (${workload.kind}) on ${backend}:${device} ${precision} batch ${batchSize}`;
}
