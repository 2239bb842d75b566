// JSON Schema (draft 2020-12) of record version 1, written as data so that it is checked where it is read.
// schema/record.v1.json is this object as a file; tests keep the file, the types and this object the same.

/** A JSON Schema or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Properties = Readonly<Record<string, JsonSchema>>;

const text: JsonSchema = { type: "string" };
const name: JsonSchema = { type: "string", minLength: 1 };
const flag: JsonSchema = { type: "boolean" };
const number: JsonSchema = { type: "number" };
const nonNegative: JsonSchema = { type: "number", minimum: 0 };
const positive: JsonSchema = { type: "number", exclusiveMinimum: 0 };
const count: JsonSchema = { type: "integer", minimum: 0 };
const atLeastOne: JsonSchema = { type: "integer", minimum: 1 };
const durationNs: JsonSchema = count;
const share: JsonSchema = { type: "number", minimum: 0, maximum: 1 };
const hash: JsonSchema = { type: "string", pattern: "^[0-9a-f]{8,128}$" };
const instant: JsonSchema = {
  type: "string",
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$",
};

function object(required: Properties, optional: Properties = {}): JsonSchema {
  return {
    type: "object",
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

function oneOfValues(...values: readonly string[]): JsonSchema {
  return { enum: values };
}

function ref(definition: string): JsonSchema {
  return { $ref: `#/$defs/${definition}` };
}

function outcome(state: string, required: Properties, optional: Properties = {}): JsonSchema {
  return object({ state: { const: state }, ...required }, optional);
}

function valuesOf(values: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: values };
}

const context: Readonly<Record<string, JsonSchema>> = {
  SuiteIdentity: object({ name, hash }, { path: text }),
  GitState: object({ commit: hash, dirty: flag }, { branch: text }),
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
    kind: oneOfValues("inference", "train-step", "train-to-accuracy", "onnx-model"),
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
      stopReason: oneOfValues("enough", "time-limit"),
      voidSamples: list(ref("VoidSample")),
    },
    { split: ref("StepTimeSplit") },
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
  Achieved: object(
    { flopsPerSecond: nonNegative },
    { bytesPerSecond: nonNegative, rooflineShare: nonNegative, rooflineFlopsPerSecond: positive },
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
  $id: "urn:fastgpu:record:1",
  title: "FastGPU run record, version 1",
  $ref: "#/$defs/RunRecord",
  $defs: {
    RunRecord: object(
      {
        schema: { const: "fastgpu.record/1" },
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
