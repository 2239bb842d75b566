// Plan -> record: trials one after another, each in a fresh process, each in the journal before the next one starts.
import { randomBytes } from "node:crypto";
import { UsageError } from "@fastgpu/core";
import {
  canonicalTrialKey,
  isFinished,
  recordFromJournal,
  recordSchema,
  machineText,
  type Calibration,
  type Environment,
  type OutcomeState,
  type ProgressListener,
  type RunHeader,
  type RunRecord,
  type TrialRecord,
} from "@fastgpu/results";
import type { DevicePool } from "@fastgpu/runtime";
import type { Plan, PlannedTrial } from "../plan/plan.ts";
import { describeEnvironment } from "./environment.ts";
import { gitState } from "./git-state.ts";
import { continueJournal, createJournal, readJournal, type JournalFile } from "./journal-file.ts";
import { Rooflines } from "./roofline.ts";
import { runTrial, type KernelListener, type TrialSurroundings } from "./run-trial.ts";
import { checkForeignProcesses } from "./check-foreign-processes.ts";
import { checkModelFiles } from "./check-model-files.ts";
import { checkTrialData } from "./check-trial-data.ts";
import { loadSuiteData } from "./suite-data.ts";

/** How a plan is executed. */
export interface RunOptions {
  /** Opens the device of each trial; stays open, so the caller closes it. */
  readonly pool: Pick<DevicePool, "openDevice">;
  /** File that every finished trial is appended to. Without `resume` an earlier one is replaced. */
  readonly journalPath: string;
  /** Keeps the finished trials of the journal and does the others; starts afresh if there is no journal. */
  readonly resume?: boolean;
  readonly onProgress?: ProgressListener;
  /** Called once per trial whose engine tells the time of each kernel. */
  readonly onKernels?: KernelListener;
  /** Aborting ends the trial in progress at once; the record is then partial. */
  readonly signal?: AbortSignal;
  /** Measures a large matrix product per device, to state speeds as a share of it; default true, costs about 1.5 s. */
  readonly hasRoofline?: boolean;
  /** Limits to state speeds as a share of; one of another machine is refused. */
  readonly calibration?: Calibration;
  /** Leaves out a calibration of another machine instead of refusing it. */
  readonly isCalibrationOptional?: boolean;
  /** What the record says of the machine; default: this one, as it is. */
  readonly environment?: Environment;
  /** Measures although other processes compute on a GPU of the run; they are in the record. Default false: refuses. */
  readonly isForced?: boolean;
}

/**
 * Executes a plan. Whatever a backend does becomes the outcome of its trial; only what is wrong with the suite, the data
 * or the journal rejects.
 *
 * @throws {DataError} if a data set cannot be read
 * @throws {SuiteError} if a data set does not suit its model
 * @throws {MeasurementError} if other processes compute on a GPU of the run
 * @throws {UsageError} if the journal's folder cannot be written, or a resumed journal is of other work
 */
export async function executeRun(plan: Plan, options: RunOptions): Promise<RunRecord> {
  const { onProgress = () => undefined, signal = new AbortController().signal } = options;
  const ids = plan.trials.map(({ config }) => canonicalTrialKey(config));
  const earlier = await readEarlier(plan, ids, options);
  const { kept } = earlier;
  const open = plan.trials
    .map((trial, index): Open => ({ trial, index, id: ids[index] ?? "" }))
    .filter(({ id }) => !kept.has(id));
  const trialsToDo = open.map(({ trial }) => trial);
  // All that the user may have got wrong shows before the first file is written.
  const data = await loadSuiteData(plan.suite, trialsToDo);
  checkTrialData(plan.suite, trialsToDo, data);
  await checkModelFiles(trialsToDo, options.pool, signal);
  const calibration = suitableCalibration(options, earlier.environment);
  const tolerated = await checkForeignProcesses(trialsToDo, options);
  const { header, journal } = await openJournal(plan, earlier, options);
  onProgress({
    kind: "plan",
    suite: plan.suite.name,
    trials: trialsToDo.map(({ config }) => config),
    resumedTrials: kept.size,
  });
  for (const message of plan.notices) onProgress({ kind: "notice", level: "info", message });
  const done = new Map(kept);
  try {
    const references = new Map<string, unknown>();
    const surroundings = {
      pool: options.pool,
      suite: plan.suite,
      data,
      references,
      tolerated,
      onProgress,
      signal,
    };
    const rooflines =
      options.hasRoofline === false ? undefined : new Rooflines(surroundings, calibration);
    const { onKernels } = options;
    const listened = onKernels === undefined ? surroundings : { ...surroundings, onKernels };
    await runTrials(open, listened, async (trial, ended) => {
      const record = (await rooflines?.complete(trial, ended)) ?? ended;
      done.set(record.id, record);
      await journal.append({ kind: "trial", trial: record });
      return record;
    });
    const finishedAt = new Date().toISOString();
    await journal.append({ kind: "end", finishedAt });
    const trials = ids.flatMap((id) => done.get(id) ?? []);
    const record = recordFromJournal({ header, trials, finishedAt, isTorn: false });
    onProgress({ kind: "runFinished", status: record.status, outcomes: count(trials) });
    return record;
  } finally {
    await journal.close();
  }
}

/** The calibration if it is of this machine. @throws {UsageError} if it is not, and was asked for */
function suitableCalibration(
  { calibration, isCalibrationOptional = false }: RunOptions,
  environment: Environment,
): Calibration | undefined {
  if (calibration === undefined) return undefined;
  if (machineText(calibration.environment) === machineText(environment)) return calibration;
  if (isCalibrationOptional) return undefined;
  const { cpu, os } = calibration.environment;
  throw new UsageError(
    `calibration: must be of this machine, got one of ${cpu.model} x${cpu.cores}, ${os.platform} ${os.release}; run fastgpu-bench calibrate here`,
  );
}

interface Open {
  readonly trial: PlannedTrial;
  readonly index: number;
  readonly id: string;
}

async function runTrials(
  open: readonly Open[],
  surroundings: TrialSurroundings,
  keep: (trial: PlannedTrial, ended: TrialRecord) => Promise<TrialRecord>,
): Promise<void> {
  const { onProgress, signal } = surroundings;
  for (const { trial, index, id } of open) {
    if (signal.aborted) return;
    onProgress({ kind: "trialStarted", trialId: id, index, config: trial.config });
    const record = await keep(trial, await runTrial(trial, surroundings));
    onProgress({ kind: "trialFinished", index, trial: record });
  }
}

/** What an earlier run left: its header, and the trials that need not be done again. */
interface Earlier {
  readonly header?: RunHeader;
  readonly environment: Environment;
  readonly kept: ReadonlyMap<string, TrialRecord>;
}

async function readEarlier(
  plan: Plan,
  ids: readonly string[],
  { journalPath, resume = false, ...options }: RunOptions,
): Promise<Earlier> {
  const environment =
    options.environment ?? (await describeEnvironment(plan.trials.map(({ device }) => device)));
  const earlier = resume ? await readJournal(journalPath) : undefined;
  if (earlier === undefined) return { environment, kept: new Map() };
  requireSameWork(journalPath, earlier.header, plan, environment);
  const finished = earlier.trials.filter(isFinished).filter(({ id }) => ids.includes(id));
  const kept = new Map(finished.map((trial) => [trial.id, trial]));
  return { header: earlier.header, environment, kept };
}

async function openJournal(
  plan: Plan,
  earlier: Earlier,
  { journalPath }: RunOptions,
): Promise<{ readonly header: RunHeader; readonly journal: JournalFile }> {
  if (earlier.header === undefined) {
    const header = await makeHeader(plan, earlier.environment);
    return { header, journal: await createJournal(journalPath, header) };
  }
  const header = { ...earlier.header, plannedTrials: plan.trials.length };
  const trials = [...earlier.kept.values()];
  return { header, journal: await continueJournal(journalPath, { header, trials, isTorn: false }) };
}

async function makeHeader(plan: Plan, environment: Environment): Promise<RunHeader> {
  const startedAt = new Date();
  const git = await gitState(process.cwd());
  const { name, hash, path } = plan.suite;
  return {
    schema: recordSchema,
    runId: `${startedAt.toISOString().replace(/[-:]|\.\d+/g, "")}-${randomBytes(3).toString("hex")}`,
    startedAt: startedAt.toISOString(),
    suite: { name, hash, ...(path === undefined ? {} : { path }) },
    seed: plan.seed,
    environment,
    ...(git === undefined ? {} : { git }),
    plannedTrials: plan.trials.length,
  };
}

/** @throws {UsageError} naming what differs */
function requireSameWork(
  path: string,
  header: RunHeader,
  plan: Plan,
  environment: Environment,
): void {
  const facts = [
    ["suite", header.suite.name, plan.suite.name],
    ["suite hash", header.suite.hash.slice(0, 12), plan.suite.hash.slice(0, 12)],
    ["seed", String(header.seed), String(plan.seed)],
    ["machine", header.environment.fingerprint.slice(0, 12), environment.fingerprint.slice(0, 12)],
  ] as const;
  const differs = facts.find(([, before, now]) => before !== now);
  if (differs === undefined) return;
  const [what, before, now] = differs;
  throw new UsageError(
    `${path}: a resumed run must have the ${what} of the journal, ${before}, got ${now}; run without --resume, or with another --out`,
  );
}

function count(trials: readonly TrialRecord[]): Partial<Record<OutcomeState, number>> {
  const counts: Partial<Record<OutcomeState, number>> = {};
  for (const { outcome } of trials) counts[outcome.state] = (counts[outcome.state] ?? 0) + 1;
  return counts;
}
