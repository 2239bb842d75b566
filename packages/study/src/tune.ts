// Suite -> study -> proof -> report. Joins the search of the tuner with the trials of bench; both are pure of each other.
import { createHash, randomBytes } from "node:crypto";
import { UsageError, type TensorMap } from "@fastgpu/core";
import {
  checkModelFiles,
  checkTrialData,
  describeEnvironment,
  loadSuiteData,
  planRun,
  trainWeights,
  type ListDevices,
  type LineFile,
  type PlannedTrial,
  type Suite,
  type SuiteData,
} from "@fastgpu/bench";
import type { Calibration, Environment, ProgressListener, StudyReport } from "@fastgpu/results";
import type { DevicePool } from "@fastgpu/runtime";
import {
  problemOfStudy,
  runProof,
  runSearch,
  SearchThread,
  studySchema,
  studyStateOf,
  type Measure,
  type StudyHeader,
  type StudyLine,
  type StudyState,
} from "@fastgpu/tuner";
import { decideTask, type TuneChoices, type TuneLimits, type TuneTask } from "./choices.ts";
import { metricOf } from "./goal/metric.ts";
import { buildReport } from "./result/build-report.ts";
import { deriveSpace, type DerivedSpace } from "./space/derive-space.ts";
import type { StudyDevice } from "./space/part.ts";
import { rooflineGuess } from "./space/roofline-guess.ts";
import { readWarmStart } from "./warm-start.ts";
import { openStudyFile, readStudyFile, requireSameStudy } from "./study-file.ts";
import type { TrialTemplate } from "./trial/configured-trial.ts";
import { missingMetrics, ProcessMeter } from "./trial/measure.ts";

/** How a suite is tuned. */
export interface TuneOptions {
  readonly suite: Suite;
  readonly choices: TuneChoices;
  readonly limits: TuneLimits;
  readonly pool: Pick<DevicePool, "openDevice">;
  readonly listDevices: ListDevices;
  /** File that every step is appended to. Without `resume` an earlier one is replaced. */
  readonly journalPath: string;
  readonly resume?: boolean;
  /** Journal of an earlier study to start from; not for a study that is resumed, whose journal says what it started from. */
  readonly warmStartPath?: string;
  /** Measured rates of this machine, for what the search may know beforehand. */
  readonly calibration?: Calibration;
  readonly signal: AbortSignal;
  /** Told of every step. */
  readonly onStep?: (step: TuneStep) => void;
  /** Progress inside the process that runs. */
  readonly onProgress?: ProgressListener;
  /** What the report says of the machine; default: this one, as it is. */
  readonly environment?: Environment;
}

/** A step of a study. */
export type TuneStep =
  | {
      readonly kind: "started";
      readonly header: StudyHeader;
      readonly task: TuneTask;
      readonly kept: number;
    }
  | {
      readonly kind: "line";
      readonly line: StudyLine;
      /** The study so far. */
      readonly report: () => StudyReport;
    };

/** What a study came to: the report, and what is needed to use the answer. */
export interface TuneResult {
  readonly report: StudyReport;
  readonly template: TrialTemplate;
  readonly suite: Suite;
}

/** The best and two behind it: the search's order among the first is mostly noise. */
const contenders = 3;
/** Part by which a trial may stay behind the best before it is ended. */
const slack = 0.15;

/**
 * Runs a study. Whatever a backend does is an observation; only what is wrong with the suite, the data or the journal
 * rejects.
 *
 * @throws {UsageError} for choices that break a rule, an empty space, a journal of something else
 * @throws {SuiteError} {DataError} as `executeRun`
 */
export async function tune(options: TuneOptions): Promise<TuneResult> {
  const earlier = options.resume === true ? await readStudyFile(options.journalPath) : undefined;
  const kept = earlier?.[0]?.kind === "header" ? earlier[0].header : undefined;
  const choices = { ...(kept?.choices as TuneChoices | undefined), ...options.choices };
  const prepared = await prepare({ ...options, choices });
  const { task, header: fresh } = prepared;
  if (kept !== undefined) requireSameStudy(options.journalPath, kept, fresh);
  const header = kept ?? (await withWarmStart(fresh, options));
  const lines: [StudyLine, ...StudyLine[]] = [
    { kind: "header", header },
    ...(earlier?.slice(1) ?? []).filter(({ kind }) => kind !== "end"),
  ];
  const problem = problemOfStudy(header);
  const { strategy, seed, prior = {} } = header;
  const weights = await weightsFor(prepared, options);
  const journal = await openStudyFile(options.journalPath, lines);
  const search = new SearchThread({ problem, strategy, seed, prior });
  try {
    const trials = lines.filter(({ kind }) => kind === "tell").length;
    options.onStep?.({ kind: "started", header, task, kept: trials });
    const meter = meterOf(prepared, weights, options, studyStateOf(lines));
    const measure = checkedMeasure(meter.measure, task);
    const shared = { ...stepping(journal, prepared, options), measure, signal: options.signal };
    const searched = await runSearch({
      ...shared,
      problem,
      search,
      lines,
      limits: {
        trials: task.trials,
        ...(task.budgetMs === undefined ? {} : { busyMs: task.budgetMs }),
      },
      repeats: { atMost: task.repeats },
      slack,
    });
    const isStopped = searched.end === "interrupted";
    const proof = { ...shared, rounds: task.rounds, contenders };
    const proven = isStopped ? searched : await runProof(searched, proof);
    const state: StudyState = options.signal.aborted ? { ...proven, end: "interrupted" } : proven;
    const report = reportOf(state, prepared);
    const { finishedAt, end: reason } = report;
    // A study that was stopped is not at its end: its journal is to be gone on with.
    if (reason !== "interrupted") await journal.append({ kind: "end", finishedAt, reason });
    return { report, template: prepared.template, suite: prepared.suite };
  } finally {
    await search.close();
    await journal.close();
  }
}

/** All that can be known, and be wrong, before the first process of the study. */
interface Prepared {
  readonly suite: Suite;
  readonly task: TuneTask;
  readonly template: TrialTemplate;
  readonly data: SuiteData;
  readonly environment: Environment;
  readonly header: StudyHeader;
}

async function prepare(options: TuneOptions): Promise<Prepared> {
  const { choices, limits, pool, signal } = options;
  const task = decideTask(options.suite, choices, limits);
  const { workload, goal, seed } = task;
  const suite: Suite = { ...options.suite, workloads: [workload] };
  const { backends, devices: ids, modelPath, dimensions } = choices;
  const plan = await planRun(
    suite,
    {
      seed,
      ...(backends === undefined ? {} : { backends }),
      ...(ids === undefined ? {} : { devices: ids }),
      ...(modelPath === undefined ? {} : { modelPath }),
      ...(dimensions === undefined ? {} : { dimensions }),
    },
    options.listDevices,
  );
  const [base] = plan.trials;
  const devices = devicesOf(plan.trials);
  if (base === undefined || devices === undefined) {
    throw new UsageError("tune: there must be a trial to tune, got none");
  }
  const data = await loadSuiteData(suite, [base]);
  checkTrialData(suite, [base], data);
  await checkModelFiles([base], pool, signal);
  const derived = deriveSpace({
    workload,
    devices,
    goal,
    parameters: task.parameters,
    rules: task.rules,
    where: (parameter) => task.where(`parameters.${parameter}`),
  });
  const { calibration } = options;
  const guess = rooflineGuess({
    suite,
    base,
    devices,
    space: derived.space,
    goal,
    ...(calibration === undefined ? {} : { calibration }),
  });
  const environment =
    options.environment ?? (await describeEnvironment(devices.map(({ info }) => info)));
  const header = headerOf({ suite, task, choices, devices, environment, derived, guess });
  problemOfStudy(header);
  const [rows] = data.values();
  const trainingRows = Object.values(rows?.train ?? {})[0]?.shape[0] ?? 0;
  return {
    suite,
    task,
    template: { base, devices, goal, trainingRows },
    data,
    environment,
    header,
  };
}

function headerOf(parts: {
  readonly suite: Suite;
  readonly task: TuneTask;
  readonly choices: TuneChoices;
  readonly devices: readonly StudyDevice[];
  readonly environment: Environment;
  readonly derived: DerivedSpace;
  readonly guess: string | undefined;
}): StudyHeader {
  const { suite, task, choices, devices, environment, derived, guess } = parts;
  const { workload, goal, strategy, seed } = task;
  const startedAt = new Date().toISOString();
  return {
    schema: studySchema,
    studyId: `${startedAt.replace(/[-:]|\.\d+/g, "")}-${randomBytes(3).toString("hex")}`,
    startedAt,
    subject: {
      suite: suite.name,
      "suite hash": suite.hash.slice(0, 12),
      workload: `${workload.name}:${workload.kind}`,
      machine: environment.fingerprint.slice(0, 12),
      devices: devices.map(({ name }) => name).join(", "),
      sampling: hashOf(workload.sampling),
    },
    ...derived,
    ...goal,
    strategy,
    seed,
    ...(guess === undefined ? {} : { prior: { guess } }),
    choices: { ...choices },
  };
}

async function withWarmStart(
  header: StudyHeader,
  { warmStartPath }: TuneOptions,
): Promise<StudyHeader> {
  if (warmStartPath === undefined) return header;
  const { study, earlier } = await readWarmStart(warmStartPath, header);
  return { ...header, prior: { ...header.prior, study, earlier } };
}

function devicesOf(
  trials: readonly PlannedTrial[],
): readonly [StudyDevice, ...StudyDevice[]] | undefined {
  const found = new Map<string, StudyDevice>();
  for (const { backend, device: info } of trials) {
    const name = `${info.backend}/${info.id}`;
    if (!found.has(name)) found.set(name, { name, backend, info });
  }
  const [first, ...others] = found.values();
  return first === undefined ? undefined : [first, ...others];
}

/** Trained parameters, where the goal or the space makes the accuracy of an inference count. */
async function weightsFor(
  { suite, task, template, data }: Prepared,
  { pool, signal }: TuneOptions,
): Promise<TensorMap | undefined> {
  const { objectives, bounds } = task.goal;
  const counts = [...objectives, ...bounds].some(({ metric }) => metricOf(metric).isAccuracy);
  if (task.workload.kind !== "inference" || !counts) return undefined;
  const weights = await trainWeights(template.base, { suite, data, pool }, signal);
  if (weights !== undefined) return weights;
  throw new UsageError(
    `${task.workload.where}: accuracy must have a model with a loss and data with classes, got none for "${task.workload.name}"`,
  );
}

function meterOf(
  { suite, template, data }: Prepared,
  weights: TensorMap | undefined,
  { pool, signal, onProgress }: TuneOptions,
  { trials }: StudyState,
): ProcessMeter {
  const base = weights === undefined ? template.base : { ...template.base, weights };
  const surroundings = {
    pool,
    suite,
    data,
    references: new Map<string, unknown>(),
    onProgress: onProgress ?? (() => undefined),
    signal,
  };
  const first = trials.find(({ origin }) => origin === "baseline")?.processes[0]?.outcome;
  const accuracy = first?.kind === "ok" ? first.values["accuracy"]?.value : undefined;
  return new ProcessMeter({ template: { ...template, base }, surroundings }, accuracy);
}

/** What the machine does not tell cannot be tuned for: the default's own process shows it, before hours are spent. */
function checkedMeasure(measure: Measure, { goal }: TuneTask): Measure {
  return async (request) => {
    const measurement = await measure(request);
    if (measurement === undefined || !request.isBaseline) return measurement;
    const [missing] = missingMetrics(goal, measurement.outcome);
    if (missing === undefined) return measurement;
    throw new UsageError(
      `tune: ${missing} must be something that this machine measures for this workload, got none from the default configuration; choose another objective or constraint`,
    );
  };
}

function reportOf(state: StudyState, { suite, task, environment }: Prepared): StudyReport {
  const { name, hash, path } = suite;
  return buildReport(state, {
    suite: { name, hash, ...(path === undefined ? {} : { path }) },
    workload: { name: task.workload.name, kind: task.workload.kind },
    environment,
    finishedAt: new Date().toISOString(),
    proof: { rounds: task.rounds, contenders },
  });
}

function stepping(
  journal: LineFile<StudyLine>,
  prepared: Prepared,
  { onStep }: TuneOptions,
): {
  readonly append: (line: StudyLine) => Promise<void>;
  readonly onLine: (state: StudyState, line: StudyLine) => void;
} {
  return {
    append: (line) => journal.append(line),
    onLine: (state, line) =>
      onStep?.({ kind: "line", line, report: () => reportOf(state, prepared) }),
  };
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}
