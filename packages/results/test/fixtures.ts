// Records made up for tests. No number in here was measured; the machine is called "test machine".

import { canonicalTrialKey, summarize, throughput } from "../src/index.ts";
import type {
  CorrectnessCheck,
  Measurements,
  Outcome,
  RunRecord,
  ScenarioResult,
  Timing,
  TrialConfig,
  TrialRecord,
} from "../src/index.ts";

export const check: CorrectnessCheck = {
  kind: "reference",
  reference: "float64 interpreter",
  comparedValues: 1280,
  nonFiniteValues: 0,
  maxAbsoluteError: 2e-7,
  maxRelativeError: 3e-6,
  tolerance: { absolute: 1e-5, relative: 1e-4 },
  passed: true,
};

export function config(changes: Partial<TrialConfig> = {}): TrialConfig {
  return {
    workload: { name: "digits", kind: "inference" },
    backend: "onnx",
    device: "cpu",
    precision: "f32",
    batchSize: 128,
    threads: 1,
    seed: 42,
    repeat: 0,
    ...changes,
  };
}

export function timing(latencyNs: readonly number[], voids: readonly number[] = []): Timing {
  const counted = latencyNs.filter((_, index) => !voids.includes(index));
  return {
    warmup: {
      iterations: 30,
      reason: "steady",
      elapsedNs: 33_000,
      windows: [{ iterations: 10, medianNs: 1100 }],
      latencyNs: [1500, 1100, 1050],
    },
    latencyNs,
    latency: summarize(latencyNs, voids),
    samplesPerSecond: throughput(128, counted),
    samplesPerIteration: 128,
    iterationsPerSample: 1,
    stopReason: "enough",
    voidSamples: voids.map((index) => ({ index, cause: "throttled", evidence: "1200 MHz" })),
    split: {
      hostNs: 100,
      uploadNs: 100,
      computeNs: 700,
      downloadNs: 100,
      communicationNs: 0,
      bubbleNs: 0,
    },
    timestampQuantumNs: 1,
  };
}

const scenario: ScenarioResult = {
  settings: {
    kind: "server",
    minQueries: 2,
    minDurationNs: 1000,
    maxDurationNs: 10_000,
    samplesPerQuery: 1,
    percentile: 0.99,
    seed: 1,
    targetQueriesPerSecond: 100,
    latencyBoundNs: 5000,
  },
  queries: 2,
  elapsedNs: 2000,
  samplesPerSecond: 1e6,
  latencyNs: [900, 1100],
  metric: {
    name: "queriesPerSecond",
    value: 100,
    earlyStoppingNs: 1100,
    overLatency: 0,
    requiredQueries: 662,
  },
  isValid: false,
  violations: ["queries must be at least 662, got 2"],
  maxOutstanding: 1,
};

export function measurements(changes: Partial<Measurements> = {}): Measurements {
  return {
    startToFirstSampleNs: 400_000_000,
    compileNs: 20_000_000,
    firstRunNs: 3_000_000,
    timerOverheadNs: 40,
    timerResolutionNs: 25,
    scenario,
    conditions: {
      sources: ["nvidia-smi"],
      readings: [
        {
          atNs: 100,
          clockMhz: 1980,
          temperatureCelsius: 61,
          powerWatts: 300,
          throttledBy: ["sw-power-cap"],
          foreignProcesses: ["77 python"],
        },
      ],
      energyJoules: 12,
      foreignCpuShare: 0.1,
    },
    timing: timing([1000, 1010, 990, 1005]),
    memory: { peakRssBytes: 150_000_000, devicePeakBytes: 1_000_000 },
    counters: { dispatches: 1, pipelinesCompiled: 1, bytesUp: 401_408, flops: 26e6 },
    achieved: {
      flopsPerSecond: 26e9,
      rooflineShare: 0.4,
      rooflineFlopsPerSecond: 65e9,
      bytesPerSecond: 8e9,
      bandwidthShare: 0.8,
      rooflineBytesPerSecond: 10e9,
    },
    check,
    placement: [{ where: "CPUExecutionProvider", operators: 5, share: 1 }],
    metrics: { energyJoules: 1.5 },
    ...changes,
  };
}

export function trial(outcome: Outcome, changes: Partial<TrialConfig> = {}): TrialRecord {
  const configuration = config(changes);
  return {
    id: canonicalTrialKey(configuration),
    config: configuration,
    outcome,
    durationNs: 2_000_000_000,
    startedAt: "2026-01-02T03:04:05.678Z",
  };
}

/** One trial of every outcome. */
export const everyOutcome: readonly TrialRecord[] = [
  trial({ state: "ok", measurements: measurements() }),
  trial(
    {
      state: "ok",
      measurements: {
        startToFirstSampleNs: 1,
        compileNs: 1,
        firstRunNs: 1,
        timerOverheadNs: 0,
        memory: { peakRssBytes: 1 },
        counters: {},
        check: { ...check, kind: "finite-only" },
        metrics: {},
        training: {
          trainSamples: 9000,
          validationSamples: 1000,
          totalNs: 5_000_000_000,
          epochs: [
            {
              epoch: 1,
              loss: 0.5,
              accuracy: 0.8,
              validationLoss: 0.4,
              validationAccuracy: 0.85,
              steps: 71,
              trainNs: 400_000_000,
              validationNs: 20_000_000,
              metrics: { top3: 0.97 },
            },
          ],
          stepLosses: [2.3, 0.5],
          timeToTarget: {
            metric: "validationAccuracy",
            target: 0.95,
            direction: "at-least",
            epochs: 1,
          },
          diverged: { epoch: 2, loss: "NaN" },
        },
      },
    },
    { workload: { name: "digits", kind: "train-to-accuracy" } },
  ),
  trial(
    { state: "failed", message: "matmul: inner sizes must match", code: "SHAPE" },
    { repeat: 1 },
  ),
  trial(
    { state: "crashed", message: "process ended", signal: "SIGKILL", stderrTail: "" },
    { repeat: 2 },
  ),
  trial(
    { state: "timeout", message: "no answer", limitNs: 60_000_000_000, phase: "sampling" },
    { repeat: 3 },
  ),
  trial({ state: "out-of-memory", message: "1 GiB wanted", where: "device" }, { repeat: 4 }),
  trial(
    { state: "unsupported", message: "no f16", reason: "no f16 kernels" },
    { precision: "f16" },
  ),
  trial(
    { state: "incorrect", message: "error 1 > 1e-5", check: { ...check, passed: false } },
    { repeat: 6 },
  ),
  trial({ state: "cancelled", message: "stopped by the user" }, { repeat: 7, options: { k: 8 } }),
  trial(
    { state: "invalid", message: "3 of 4 samples void", measurements: measurements() },
    { repeat: 8 },
  ),
];

export function record(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: "fastgpu.record/2",
    runId: "20260102-030405-abcd",
    startedAt: "2026-01-02T03:04:05Z",
    finishedAt: "2026-01-02T03:05:05.5Z",
    status: "complete",
    suite: { name: "fixture", hash: "0123456789abcdef" },
    seed: 42,
    git: { commit: "0123456789abcdef0123456789abcdef01234567", dirty: false, branch: "main" },
    environment: {
      os: { platform: "linux", release: "6.1.0", arch: "x64" },
      cpu: { model: "test machine", cores: 2, powerGovernor: "performance" },
      memoryBytes: 8_000_000_000,
      node: "20.20.2",
      fastgpu: "0.1.0",
      engines: { "onnxruntime-node": "1.23.0" },
      gpus: [{ name: "test gpu", memoryBytes: 1e9, driver: "1.2", powerLimitWatts: 300 }],
      fingerprint: "89abcdef",
    },
    plannedTrials: everyOutcome.length,
    trials: everyOutcome,
    ...changes,
  };
}
