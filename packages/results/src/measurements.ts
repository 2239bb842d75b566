// The numbers of a trial that ended well. Every summary stands beside the samples it was made from.
// Units are in the names: Ns = integer nanoseconds, Bytes = integer bytes, share and ratio: 1 = 100%.

import type { Conditions } from "./conditions/conditions.ts";
import type { ScenarioResult } from "./scenario/scenario.ts";
import type { LatencySummary } from "./stats/summary.ts";
import type { Training } from "./training.ts";

/** All that one backend process measured. */
export interface Measurements {
  /** Process start to the end of the first run, ns: a trial's fixed cost. */
  readonly startToFirstSampleNs: number;
  /** Program handed over to program ready, ns. */
  readonly compileNs: number;
  /** First run of the program, sync included, ns. Never part of the samples. */
  readonly firstRunNs: number;
  /** Calibrated cost of reading the clock around one sample, ns; reported, never subtracted. */
  readonly timerOverheadNs: number;
  /** Smallest step that two readings of the clock were seen to differ by, ns. */
  readonly timerResolutionNs?: number;
  /** Repeated iterations; absent for `train-to-accuracy`. */
  readonly timing?: Timing;
  /** Learning curves; present for `train-to-accuracy`. */
  readonly training?: Training;
  /** Queries of a load generator; present when the workload names a scenario. */
  readonly scenario?: ScenarioResult;
  /** What the machine did meanwhile; absent where the platform tells nothing. */
  readonly conditions?: Conditions;
  readonly memory: Memory;
  readonly counters: Counters;
  /** Absent when the graph's work is not known, as for a user's own `.onnx` file. */
  readonly achieved?: Achieved;
  readonly check: CorrectnessCheck;
  /** Where operators really ran; absent when the engine does not tell. */
  readonly placement?: readonly OperatorPlacement[];
  /** Further values, each with its unit in its name, as in `energyJoules`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Timed iterations after an adaptive warm-up. */
export interface Timing {
  readonly warmup: Warmup;
  /** Duration of each timed iteration in order, sync included, integer ns. */
  readonly latencyNs: readonly number[];
  /** Summary of the samples that are not void. */
  readonly latency: LatencySummary;
  /** Samples (batch items) per second: batchSize x stepsPerRun x iterations / timed seconds. */
  readonly samplesPerSecond: number;
  /** Batch items one iteration processes: batchSize x steps per run. */
  readonly samplesPerIteration: number;
  /**
   * Iterations between two readings of the clock. Above 1 for programs that are too short for the clock; then each entry
   * of `latencyNs` is the mean of that many iterations.
   */
  readonly iterationsPerSample: number;
  /**
   * `enough`: >= 30 iterations and >= 1 s. `time-limit`: the cap came first. `raced`: in a study, the trial was sure to
   * lose before it had enough.
   */
  readonly stopReason: "enough" | "time-limit" | "raced";
  /** Iterations left out of the summary, each for a measured cause. Usually empty. */
  readonly voidSamples: readonly VoidSample[];
  /** Where an iteration's time went, mean per iteration; absent when the backend cannot split it. */
  readonly split?: StepTimeSplit;
  /**
   * The steps in which the device's clock told the times of kernels, on which `split.computeNs` and traces rest, ns; absent
   * when the engine has no such clock or they were not measured. Times of that size say nothing.
   */
  readonly timestampQuantumNs?: number;
}

/** What happened before the first counted iteration. */
export interface Warmup {
  readonly iterations: number;
  readonly reason: "steady" | "no-steady-state";
  readonly elapsedNs: number;
  /** In order; the steady-state rule looks at their medians. */
  readonly windows: readonly WarmupWindow[];
  /** Warm-up samples, kept apart from the counted ones, integer ns. */
  readonly latencyNs: readonly number[];
}

/** A group of consecutive warm-up iterations. */
export interface WarmupWindow {
  readonly iterations: number;
  readonly medianNs: number;
}

/** An iteration that does not count, and the measured reason. */
export interface VoidSample {
  /** 0-based index in `latencyNs`. */
  readonly index: number;
  readonly cause: "throttled" | "foreign-process" | "clock-below-90-percent";
  readonly evidence: string;
}

/** Mean time per iteration by activity, ns. Parts that were not measured are absent, not 0. */
export interface StepTimeSplit {
  readonly hostNs?: number;
  readonly uploadNs?: number;
  readonly computeNs?: number;
  readonly downloadNs?: number;
  /** Exchange with other devices. */
  readonly communicationNs?: number;
  /** Waiting for other stages of a pipeline. */
  readonly bubbleNs?: number;
}

/** Highest memory use of the backend process. */
export interface Memory {
  readonly peakRssBytes: number;
  readonly devicePeakBytes?: number;
}

/** Counts without noise. A counter the backend does not keep is absent. */
export interface Counters {
  /** Commands given to the device per iteration. */
  readonly dispatches?: number;
  /** Pipelines or sessions compiled in the whole trial. */
  readonly pipelinesCompiled?: number;
  /** Host to device per iteration. */
  readonly bytesUp?: number;
  /** Device to host per iteration. */
  readonly bytesDown?: number;
  /** Device memory held when sampling ended. */
  readonly liveBytes?: number;
  /** Highest device memory held by tensors. */
  readonly peakBytes?: number;
  /** Tensors held when sampling ended. */
  readonly liveTensors?: number;
  /** Nodes of the lowered graph. */
  readonly graphNodes?: number;
  /** Floating-point operations of the graph per iteration, by the op rules. */
  readonly flops?: number;
  /** Bytes the graph reads and writes per iteration, by the op rules. */
  readonly bytesMoved?: number;
}

/** Speed against the work of the graph, from the median latency. */
export interface Achieved {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond?: number;
  /** Share of this machine's measured roofline, 1 = 100%; absent when it was not calibrated. */
  readonly rooflineShare?: number;
  /** Measured GEMM rate that `rooflineShare` refers to. */
  readonly rooflineFlopsPerSecond?: number;
  /** Share of the measured copy rate, 1 = 100%; above 1 where intermediate values never leave the caches. */
  readonly bandwidthShare?: number;
  /** Measured copy rate that `bandwidthShare` refers to. */
  readonly rooflineBytesPerSecond?: number;
}

/** Comparison of the outputs with a reference, made before anything is timed. */
export interface CorrectnessCheck {
  /**
   * `reference`: float64 interpreter. `expected-outputs`: files of the user. `other-backend`:
   * another engine's outputs. `finite-only`: no reference exists; only NaN and infinity were looked for.
   */
  readonly kind: "reference" | "expected-outputs" | "other-backend" | "finite-only";
  /** What it was compared with, in words. */
  readonly reference: string;
  readonly comparedValues: number;
  /** Outputs that were NaN or infinite where the reference was not. */
  readonly nonFiniteValues: number;
  /** Over the finite values; 0 for `finite-only`. */
  readonly maxAbsoluteError: number;
  /** max |a - b| / max(|a|, |b|) over the finite values; 0 for `finite-only`. */
  readonly maxRelativeError: number;
  /** A value passes when |a - b| <= absolute + relative x |b|. */
  readonly tolerance: { readonly absolute: number; readonly relative: number };
  readonly passed: boolean;
}

/** Operators that ran in one place. */
export interface OperatorPlacement {
  /** Execution provider or device, as in `CPUExecutionProvider`. */
  readonly where: string;
  readonly operators: number;
  /** Part of all operators, 1 = 100%. */
  readonly share: number;
}
