// Statistics and the table of results.

/** The value below which a share `p` of the samples lies. */
export function percentile(samples, p) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

/** The mean; NaN for no values. */
export function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const lossTolerance = 2e-4;

/**
 * One model at one number of threads as Markdown. Times are ms a step, CPU the 5th percentile of the processor time over all
 * threads; rates count the products of a step; the share is of the best rate of a 1024^3 product; ratios are of 5th
 * percentiles, of wall and of processor time: how many times as long the contender takes as FastGPU with one step per run, and
 * with as many as it chooses.
 */
export function table({ model, threads, entries }, productFlops) {
  const find = (name) => entries.find((entry) => entry.name === name);
  const [roofline, plain, one, own] = ["roofline", "onnx-plain", "fastgpu-k1", "fastgpu"].map(find);
  // On one thread the processor time is what the step would take on an idle machine.
  const busyNs = ({ lowNs, cpuNs }) => (threads === 1 ? Math.min(lowNs, cpuNs) : lowNs);
  const peak = roofline && roofline.flops / Math.min(roofline.shortestNs, busyNs(roofline));
  const lines = [
    `## ${model}, ${threads} thread${threads === 1 ? "" : "s"}`,
    "",
    `GEMM roofline of this run: ${peak?.toFixed(0) ?? "?"} GFLOP/s`,
    "",
    "| | median ms | 5 % ms | CPU ms | GFLOP/s | of roofline | / FastGPU, 1 a run | / FastGPU | same, CPU | mean loss of 10 steps |",
    "|---|---|---|---|---|---|---|---|---|---|",
  ];
  const ratio = (entry, to) => (to === undefined ? "" : (entry.lowNs / to.lowNs).toFixed(2));
  const cpuRatios = (entry) =>
    [one, own].map((to) => (to === undefined ? "" : (entry.cpuNs / to.cpuNs).toFixed(2))).join(" ");
  for (const entry of entries) {
    if (entry === roofline) continue;
    const rate = productFlops / busyNs(entry);
    const isEqual =
      plain === undefined || Math.abs(entry.firstLosses / plain.firstLosses - 1) <= lossTolerance;
    const label = [
      entry.name,
      entry.stepsPerRun > 1 ? `(${entry.stepsPerRun} steps a run)` : "",
      entry.isPinned && threads > 1 ? "(1 thread is all it has)" : "",
    ];
    const cells = [
      label.filter(Boolean).join(" "),
      (entry.medianNs / 1e6).toFixed(3),
      (entry.lowNs / 1e6).toFixed(3),
      (entry.cpuNs / 1e6).toFixed(3),
      rate.toFixed(1),
      peak === undefined ? "" : `${((100 * rate) / peak).toFixed(0)} %`,
      ratio(entry, one),
      ratio(entry, own),
      cpuRatios(entry),
      `${entry.firstLosses.toFixed(5)}${isEqual ? "" : " DIFFERS"}`,
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  for (const entry of [one, own]) {
    if (entry?.hostRatio === undefined) continue;
    lines.push(
      "",
      `${entry.name}: ${(100 * entry.hostRatio).toFixed(1)} % of a step outside of session.run; a prediction takes ` +
        `${(entry.inferenceNs.constants / 1e6).toFixed(3)} ms with weights as constants, ` +
        `${(entry.inferenceNs.inputs / 1e6).toFixed(3)} ms as inputs.`,
    );
  }
  return `${lines.join("\n")}\n`;
}
