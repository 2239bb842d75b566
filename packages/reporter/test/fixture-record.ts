// A made-up record of plausible size and shape, for tests and for looking at reports. Every number comes
// from a seeded generator; nothing in it was measured, and its machine is called "Test CPU (made up)".

import { canonicalTrialKey, summarize, throughput } from "@fastgpu/results";
import type {
  CorrectnessCheck,
  EpochRecord,
  Measurements,
  Outcome,
  RunRecord,
  Timing,
  TrialConfig,
  TrialRecord,
  WorkloadKind,
} from "@fastgpu/results";

/** Numbers in [0, 1), the same for the same seed (linear congruential, Numerical Recipes constants). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const check: CorrectnessCheck = {
  kind: "reference",
  reference: "float64 interpreter",
  comparedValues: 1280,
  nonFiniteValues: 0,
  maxAbsoluteError: 2.1e-7,
  maxRelativeError: 3.4e-6,
  tolerance: { absolute: 1e-5, relative: 1e-4 },
  passed: true,
};

/** A configuration with the usual values. */
export function makeConfig(
  name: string,
  kind: WorkloadKind,
  changes: Partial<TrialConfig> = {},
): TrialConfig {
  return {
    workload: { name, kind },
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

/** A trial with its id. */
export function makeTrial(config: TrialConfig, outcome: Outcome, durationNs = 2.4e9): TrialRecord {
  return {
    id: canonicalTrialKey(config),
    config,
    outcome,
    durationNs: Math.round(durationNs),
    startedAt: "2026-01-02T03:04:05.678Z",
  };
}

/** Timings around `typicalNs` with the one-sided noise of a shared machine. */
export function makeTiming(
  typicalNs: number,
  count: number,
  samplesPerIteration: number,
  seed: number,
): Timing {
  const random = generator(seed);
  const sample = (index: number, extra: number) =>
    Math.round(
      typicalNs * (1 + extra + 0.02 * random() + (random() > 0.94 ? 0.5 * random() ** 2 : 0)) +
        (index % 97 === 0 ? typicalNs * 0.2 * random() : 0),
    );
  const warmup = Array.from({ length: 60 }, (_, index) =>
    sample(index, 0.9 * Math.exp(-index / 8)),
  );
  const latencyNs = Array.from({ length: count }, (_, index) => sample(index, 0));
  return {
    warmup: {
      iterations: warmup.length,
      reason: seed % 5 === 4 ? "no-steady-state" : "steady",
      elapsedNs: warmup.reduce((sum, ns) => sum + ns, 0),
      windows: Array.from({ length: 6 }, (_, index) => ({
        iterations: 10,
        medianNs: summarize(warmup.slice(index * 10, index * 10 + 10)).p50Ns,
      })),
      latencyNs: warmup,
    },
    latencyNs,
    latency: summarize(latencyNs),
    samplesPerSecond: throughput(samplesPerIteration, latencyNs),
    samplesPerIteration,
    iterationsPerSample: 1,
    stopReason: "enough",
    voidSamples: [],
    split: {
      hostNs: Math.round(typicalNs * 0.06),
      uploadNs: Math.round(typicalNs * 0.08),
      computeNs: Math.round(typicalNs * 0.82),
      downloadNs: Math.round(typicalNs * 0.04),
    },
  };
}

/** Measurements of a timed trial; 26 MFLOP per 128 samples of work. */
export function makeMeasurements(timing: Timing, seed: number): Measurements {
  const flops = Math.round(timing.samplesPerIteration * 203_264);
  const flopsPerSecond = (flops / timing.latency.p50Ns) * 1e9;
  return {
    startToFirstSampleNs: 412_000_000 + seed * 1_000_000,
    compileNs: 21_000_000 + seed * 100_000,
    firstRunNs: timing.latency.p50Ns * 4,
    timerOverheadNs: 42,
    timing,
    memory: { peakRssBytes: 138_000_000 + timing.samplesPerIteration * 24_000 },
    counters: {
      dispatches: 1,
      pipelinesCompiled: 1,
      bytesUp: timing.samplesPerIteration * 784 * 4,
      bytesDown: timing.samplesPerIteration * 10 * 4,
      liveBytes: 814_120,
      peakBytes: 1_912_320,
      liveTensors: 8,
      graphNodes: 9,
      flops,
      bytesMoved: flops * 3,
    },
    achieved: {
      flopsPerSecond,
      rooflineShare: flopsPerSecond / 65e9,
      rooflineFlopsPerSecond: 65e9,
    },
    check,
    placement: [{ where: "CPUExecutionProvider", operators: 9, share: 1 }],
    metrics: {},
  };
}

/** A training run of `epochs` epochs that reaches about 96%. */
export function makeTrained(epochs: number, seed: number): Measurements {
  const random = generator(seed);
  const curve: EpochRecord[] = Array.from({ length: epochs }, (_, index) => {
    const rest = Math.exp(-index / 2.6);
    return {
      epoch: index + 1,
      loss: 0.05 + 0.85 * rest + 0.02 * random(),
      accuracy: 0.985 - 0.2 * rest - 0.01 * random(),
      validationLoss: 0.14 + 0.5 * rest + 0.02 * random(),
      validationAccuracy: 0.96 - 0.14 * rest - 0.008 * random(),
      steps: 71,
      trainNs: Math.round(310e6 + 40e6 * random()),
      validationNs: Math.round(12e6 + 3e6 * random()),
    };
  });
  const totalNs = curve.reduce((sum, e) => sum + e.trainNs + (e.validationNs ?? 0), 0);
  const reached = curve.findIndex((epoch) => (epoch.validationAccuracy ?? 0) >= 0.95);
  return {
    startToFirstSampleNs: 430_000_000,
    compileNs: 35_000_000,
    firstRunNs: 5_200_000,
    timerOverheadNs: 42,
    memory: { peakRssBytes: 171_000_000 + seed * 300_000 },
    counters: { dispatches: 1, pipelinesCompiled: 2, graphNodes: 38, flops: 78_053_376 },
    check,
    metrics: {},
    training: {
      trainSamples: 9000,
      validationSamples: 1000,
      epochs: curve,
      totalNs,
      timeToTarget: {
        metric: "validationAccuracy",
        target: 0.95,
        direction: "at-least",
        epochs: reached === -1 ? epochs : reached + 1,
        ...(reached !== -1 && { reachedNs: Math.round((totalNs * (reached + 1)) / epochs) }),
      },
    },
  };
}

function timedTrials(): readonly TrialRecord[] {
  const shapes = [1, 8, 32, 128, 512].flatMap((batchSize) =>
    [1, 2].map((threads) => ({ batchSize, threads })),
  );
  const inference = shapes.map(({ batchSize, threads }, index) => {
    const typicalNs = (14_000 + 2_900 * batchSize) / (batchSize >= 32 && threads === 2 ? 1.7 : 1);
    const count = Math.min(2500, Math.round(1e9 / typicalNs));
    const timing = makeTiming(typicalNs, count, batchSize, index);
    const config = makeConfig("digits-mlp", "inference", { batchSize, threads });
    return makeTrial(config, { state: "ok", measurements: makeMeasurements(timing, index) });
  });
  const steps = [1, 2].flatMap((threads) =>
    [0, 1, 2].map((repeat) => {
      const timing = makeTiming(
        1.32e6 / (threads === 2 ? 1.5 : 1),
        700,
        128,
        10 + 3 * threads + repeat,
      );
      const config = makeConfig("digits-mlp", "train-step", { threads, repeat });
      return makeTrial(config, { state: "ok", measurements: makeMeasurements(timing, repeat) });
    }),
  );
  return [...inference, ...steps];
}

function trainedTrials(): readonly TrialRecord[] {
  return [1, 2, 3, 4, 5].map((seed) =>
    makeTrial(
      makeConfig("digits-mlp", "train-to-accuracy", { seed }),
      { state: "ok", measurements: makeTrained(10, seed) },
      4.1e9,
    ),
  );
}

function failedTrials(): readonly TrialRecord[] {
  const cnn = (changes: Partial<TrialConfig>) => makeConfig("digits-cnn", "train-step", changes);
  return [
    makeTrial(cnn({ precision: "f16" }), {
      state: "unsupported",
      message: "onnx on cpu cannot run this graph",
      reason: "conv2d has no f16 kernel in CPUExecutionProvider",
    }),
    makeTrial(cnn({ batchSize: 64 }), {
      state: "crashed",
      message: "backend process ended while sampling",
      signal: "SIGKILL",
      stderrTail:
        "terminate called after throwing an instance of 'std::bad_alloc'\n  what(): std::bad_alloc",
    }),
    makeTrial(cnn({ batchSize: 65_536 }), {
      state: "out-of-memory",
      message: "host memory ran out while allocating 12.3 GiB",
      where: "host",
    }),
    makeTrial(cnn({ device: "webgpu:0" }), {
      state: "incorrect",
      message: "outputs differ from the float64 interpreter",
      check: { ...check, maxAbsoluteError: 0.31, maxRelativeError: 0.9, passed: false },
    }),
    makeTrial(cnn({ device: "cuda:0" }), {
      state: "timeout",
      message: "no heartbeat for 30 s",
      limitNs: 30e9,
      phase: "compile",
    }),
  ];
}

/** The whole fixture; `changes` replace top-level fields. */
export function makeRecord(changes: Partial<RunRecord> = {}): RunRecord {
  const trials = [...timedTrials(), ...trainedTrials(), ...failedTrials()];
  return {
    schema: "fastgpu.record/2",
    runId: "20260102-030405-test",
    startedAt: "2026-01-02T03:04:05.678Z",
    finishedAt: "2026-01-02T03:05:11.002Z",
    status: "complete",
    suite: { name: "quickstart", hash: "3f2a9c0d11e84b7f90aa12cd34ef56ab" },
    seed: 42,
    git: { commit: "8d3f1c2b7a6e5d4c3b2a19080706050403020100", dirty: true, branch: "main" },
    environment: {
      os: { platform: "linux", release: "6.1.0-test", arch: "x64" },
      cpu: { model: "Test CPU (made up)", cores: 2, powerGovernor: "performance" },
      memoryBytes: 24_600_000_000,
      node: "20.20.2",
      fastgpu: "0.1.0",
      engines: { "onnxruntime-node": "1.23.2" },
      gpus: [{ name: "Test GPU (made up)", memoryBytes: 17_179_869_184, driver: "550.00" }],
      fingerprint: "9b1c22d4e5f60718",
    },
    plannedTrials: trials.length,
    trials,
    ...changes,
  };
}
