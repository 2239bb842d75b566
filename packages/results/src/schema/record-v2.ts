// JSON Schema (draft 2020-12) of record version 2, written as data so that it is checked where it is read.
// schema/record.v2.json is this object as a file; tests keep the file, the types and this object the same.

import {
  atLeastOne,
  count,
  durationNs,
  flag,
  hash,
  instant,
  list,
  name,
  nonNegative,
  number,
  object,
  oneOfValues,
  positive,
  ref,
  share,
  text,
  valuesOf,
} from "./json-schema.ts";
import type { JsonSchema, Properties } from "./json-schema.ts";

function outcome(state: string, required: Properties, optional: Properties = {}): JsonSchema {
  return object({ state: { const: state }, ...required }, optional);
}

/** Definitions of the machine, which calibrations share. */
export const environmentSchemas: Readonly<Record<string, JsonSchema>> = {
  Environment: object({
    os: object({ platform: name, release: text, arch: name }),
    cpu: object({ model: text, cores: atLeastOne }, { powerGovernor: text }),
    memoryBytes: count,
    node: name,
    fastgpu: name,
    engines: valuesOf(text),
    gpus: list(ref("GpuInfo")),
    fingerprint: hash,
  }),
  GpuInfo: object(
    { name },
    { vendor: text, memoryBytes: count, driver: text, uuid: text, powerLimitWatts: nonNegative },
  ),
};

const context: Readonly<Record<string, JsonSchema>> = {
  SuiteIdentity: object({ name, hash }, { path: text }),
  GitState: object({ commit: hash, dirty: flag }, { branch: text }),
  ...environmentSchemas,
};

const trials: Readonly<Record<string, JsonSchema>> = {
  TrialRecord: object({
    id: name,
    config: ref("TrialConfig"),
    outcome: ref("Outcome"),
    durationNs,
    startedAt: instant,
  }),
  TrialConfig: object(
    {
      workload: ref("WorkloadIdentity"),
      backend: name,
      device: name,
      precision: name,
      batchSize: atLeastOne,
      seed: count,
      repeat: count,
    },
    { threads: atLeastOne, options: valuesOf({ type: ["string", "number", "boolean"] }) },
  ),
  WorkloadIdentity: object({
    name,
    kind: oneOfValues("inference", "train-step", "train-to-accuracy", "model"),
  }),
  Outcome: {
    type: "object",
    required: ["state"],
    discriminator: { propertyName: "state" },
    oneOf: [
      outcome("ok", { measurements: ref("Measurements") }),
      ref("FailedOutcome"),
      ref("CrashedOutcome"),
      ref("TimeoutOutcome"),
      ref("OutOfMemoryOutcome"),
      ref("UnsupportedOutcome"),
      ref("IncorrectOutcome"),
      ref("CancelledOutcome"),
      ref("InvalidOutcome"),
    ],
  },
  FailedOutcome: outcome("failed", { message: text }, { code: name }),
  CrashedOutcome: outcome(
    "crashed",
    { message: text, stderrTail: text },
    { signal: name, exitCode: { type: "integer" } },
  ),
  TimeoutOutcome: outcome(
    "timeout",
    { message: text, limitNs: durationNs },
    { phase: ref("TrialPhase") },
  ),
  OutOfMemoryOutcome: outcome("out-of-memory", {
    message: text,
    where: oneOfValues("host", "device"),
  }),
  UnsupportedOutcome: outcome("unsupported", { message: text, reason: text }),
  IncorrectOutcome: outcome("incorrect", { message: text, check: ref("CorrectnessCheck") }),
  CancelledOutcome: outcome("cancelled", { message: text }),
  InvalidOutcome: outcome("invalid", { message: text, measurements: ref("Measurements") }),
  TrialPhase: oneOfValues(
    "start",
    "load",
    "compile",
    "first-run",
    "check",
    "warmup",
    "sampling",
    "training",
    "finish",
  ),
};

const measurements: Readonly<Record<string, JsonSchema>> = {
  Measurements: object(
    {
      startToFirstSampleNs: durationNs,
      compileNs: durationNs,
      firstRunNs: durationNs,
      timerOverheadNs: durationNs,
      memory: ref("Memory"),
      counters: ref("Counters"),
      check: ref("CorrectnessCheck"),
      metrics: valuesOf(number),
    },
    {
      timing: ref("Timing"),
      training: ref("Training"),
      timerResolutionNs: durationNs,
      scenario: ref("ScenarioResult"),
      conditions: ref("Conditions"),
      achieved: ref("Achieved"),
      placement: list(ref("OperatorPlacement")),
    },
  ),
  Timing: object(
    {
      warmup: ref("Warmup"),
      latencyNs: { ...list(durationNs), minItems: 1 },
      latency: ref("LatencySummary"),
      samplesPerSecond: nonNegative,
      samplesPerIteration: atLeastOne,
      iterationsPerSample: atLeastOne,
      stopReason: oneOfValues("enough", "time-limit", "raced"),
      voidSamples: list(ref("VoidSample")),
    },
    { split: ref("StepTimeSplit"), timestampQuantumNs: durationNs },
  ),
  Warmup: object({
    iterations: count,
    reason: oneOfValues("steady", "no-steady-state"),
    elapsedNs: durationNs,
    windows: list(ref("WarmupWindow")),
    latencyNs: list(durationNs),
  }),
  WarmupWindow: object({ iterations: atLeastOne, medianNs: durationNs }),
  VoidSample: object({
    index: count,
    cause: oneOfValues("throttled", "foreign-process", "clock-below-90-percent"),
    evidence: text,
  }),
  StepTimeSplit: object(
    {},
    {
      hostNs: durationNs,
      uploadNs: durationNs,
      computeNs: durationNs,
      downloadNs: durationNs,
      communicationNs: durationNs,
      bubbleNs: durationNs,
    },
  ),
  LatencySummary: object(
    {
      count: atLeastOne,
      minNs: durationNs,
      p05Ns: durationNs,
      p50Ns: durationNs,
      p90Ns: durationNs,
      p95Ns: durationNs,
      maxNs: durationNs,
      meanNs: durationNs,
      standardDeviationNs: durationNs,
      medianAbsoluteDeviationNs: durationNs,
      withheld: list(ref("WithheldQuantile")),
    },
    {
      medianInterval95: object({ lowNs: durationNs, highNs: durationNs }),
      p99Ns: durationNs,
      p999Ns: durationNs,
    },
  ),
  WithheldQuantile: object({ quantile: oneOfValues("p99", "p99.9"), reason: text }),
  Memory: object({ peakRssBytes: count }, { devicePeakBytes: count }),
  Counters: object(
    {},
    {
      dispatches: nonNegative,
      pipelinesCompiled: count,
      bytesUp: nonNegative,
      bytesDown: nonNegative,
      liveBytes: count,
      peakBytes: count,
      liveTensors: count,
      graphNodes: count,
      flops: nonNegative,
      bytesMoved: nonNegative,
    },
  ),
  ScenarioSettings: object(
    {
      kind: oneOfValues("offline", "single-stream", "multi-stream", "server"),
      minQueries: atLeastOne,
      minDurationNs: durationNs,
      maxDurationNs: durationNs,
      samplesPerQuery: atLeastOne,
      percentile: share,
      seed: count,
    },
    { targetQueriesPerSecond: positive, latencyBoundNs: durationNs },
  ),
  ScenarioResult: object({
    settings: ref("ScenarioSettings"),
    queries: count,
    elapsedNs: durationNs,
    samplesPerSecond: nonNegative,
    latencyNs: list(durationNs),
    metric: ref("ScenarioMetric"),
    isValid: flag,
    violations: list(text),
    maxOutstanding: count,
  }),
  ScenarioMetric: object(
    {
      name: oneOfValues("samplesPerSecond", "percentileNs", "queriesPerSecond"),
      value: nonNegative,
    },
    { earlyStoppingNs: durationNs, overLatency: count, requiredQueries: count },
  ),
  Conditions: object(
    { sources: list(name), readings: list(ref("ConditionReading")) },
    { energyJoules: nonNegative, foreignCpuShare: nonNegative },
  ),
  ConditionReading: object(
    { atNs: durationNs },
    {
      clockMhz: nonNegative,
      temperatureCelsius: number,
      powerWatts: nonNegative,
      throttledBy: list(text),
      foreignProcesses: list(text),
    },
  ),
  Achieved: object(
    { flopsPerSecond: nonNegative },
    {
      bytesPerSecond: nonNegative,
      rooflineShare: nonNegative,
      rooflineFlopsPerSecond: positive,
      bandwidthShare: nonNegative,
      rooflineBytesPerSecond: positive,
    },
  ),
  CorrectnessCheck: object({
    kind: oneOfValues("reference", "expected-outputs", "other-backend", "finite-only"),
    reference: text,
    comparedValues: count,
    nonFiniteValues: count,
    maxAbsoluteError: nonNegative,
    maxRelativeError: nonNegative,
    tolerance: object({ absolute: nonNegative, relative: nonNegative }),
    passed: flag,
  }),
  OperatorPlacement: object({ where: name, operators: count, share }),
};

const training: Readonly<Record<string, JsonSchema>> = {
  Training: object(
    {
      trainSamples: count,
      validationSamples: count,
      epochs: list(ref("EpochRecord")),
      totalNs: durationNs,
    },
    {
      stepLosses: list(number),
      timeToTarget: ref("TimeToTarget"),
      diverged: object({
        epoch: atLeastOne,
        loss: oneOfValues("NaN", "Infinity", "-Infinity"),
      }),
    },
  ),
  EpochRecord: object(
    { epoch: atLeastOne, loss: number, steps: count, trainNs: durationNs },
    {
      accuracy: share,
      validationLoss: number,
      validationAccuracy: share,
      validationNs: durationNs,
      metrics: valuesOf(number),
    },
  ),
  TimeToTarget: object(
    {
      metric: name,
      target: number,
      direction: oneOfValues("at-least", "at-most"),
      epochs: count,
    },
    { reachedNs: durationNs },
  ),
};

/** JSON Schema of `RunRecord`; the definitions are named after the types. */
export const recordJsonSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fastgpu:record:2",
  title: "FastGPU run record, version 2",
  $ref: "#/$defs/RunRecord",
  $defs: {
    RunRecord: object(
      {
        schema: { const: "fastgpu.record/2" },
        runId: { type: "string", pattern: "^[A-Za-z0-9._-]{1,100}$" },
        startedAt: instant,
        status: oneOfValues("complete", "partial"),
        suite: ref("SuiteIdentity"),
        seed: count,
        environment: ref("Environment"),
        plannedTrials: count,
        trials: list(ref("TrialRecord")),
      },
      { finishedAt: instant, git: ref("GitState") },
    ),
    ...context,
    ...trials,
    ...measurements,
    ...training,
  },
};
