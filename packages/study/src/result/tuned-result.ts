// The answer of a study as a tuned file, and a suite's run with the configuration of such a file.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { DataError, UsageError, type NamedConfig, type Precision } from "@fastgpu/core";
import type { Plan, PlannedTrial, PlanOptions, Suite, Workload } from "@fastgpu/bench";
import type { StudyReport } from "@fastgpu/results";
import { deviceFacts, hostFacts } from "@fastgpu/runtime";
import {
  differences,
  modelText,
  parseTuned,
  tunedSchema,
  type TunedConfiguration,
  type TunedFile,
} from "@fastgpu/tuner";
import { configuredTrial, type TrialTemplate } from "../trial/configured-trial.ts";

/** Name of the file in a study's folder. */
export const tunedFileName = "fastgpu.tuned.json";

/**
 * The tuned file of a study: the proven winner; without a proof, or a default to hold it against, the best so far, which
 * the file then says. Undefined if
 * the default is to be kept, or nothing is an answer.
 */
export function tunedFileOf(
  report: StudyReport,
  template: TrialTemplate,
  suite: Suite,
): TunedFile | undefined {
  const { proof } = report;
  const isUnproven = proof === undefined || proof.isDefaultBroken === true;
  const number = isUnproven ? report.best : proof.winner;
  const found = report.trials.find((trial) => trial.number === number);
  if (found === undefined || found.origin === "baseline") return undefined;
  const { configuration } = found;
  const request = { configuration, isBaseline: false, fidelity: 1, repeat: 0 };
  const trial = configuredTrial(template, request);
  const winner = proof?.contenders.find((one) => one.trial === number);
  const { name, kind } = report.workload;
  const model = modelHash(suite, trial.workload);
  return {
    schema: tunedSchema,
    createdAt: report.finishedAt,
    fastgpu: report.environment.fastgpu,
    study: report.studyId,
    identity: {
      ...(model === undefined ? {} : { model }),
      suite: suite.name,
      suiteHash: suite.hash,
      workload: `${name}:${kind}`,
      host: hostFacts(),
      device: deviceFacts(trial.device),
    },
    configuration: configurationOf(trial),
    ...(isUnproven || winner === undefined
      ? {}
      : { proof: { rounds: winner.rounds, confidence: proof.confidence, gains: winner.gains } }),
  };
}

/**
 * Reads a tuned file for a suite.
 *
 * @throws {DataError} if it cannot be read
 * @throws {UsageError} if it is of another suite or machine, naming the facts
 */
export async function readTunedFor(path: string, suite: Suite): Promise<TunedFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DataError(`${path}: tuned file must be readable, got ${code ?? String(error)}`, {
      cause: error,
    });
  }
  const file = parseTuned(text, path);
  const { identity } = file;
  const found = [
    ...differences(
      { suite: identity.suite, "suite hash": identity.suiteHash.slice(0, 12) },
      { suite: suite.name, "suite hash": suite.hash.slice(0, 12) },
    ),
    ...differences(identity.host, hostFacts()),
  ];
  if (found.length === 0) return file;
  throw new UsageError(
    `${path}: tuned file must be of this suite and machine, got ${found.join("; ")}; tune again`,
  );
}

/** The suite with nothing but the tuned workload, and options that plan it as it was tuned. */
export function planTuned(
  suite: Suite,
  { identity, configuration }: TunedFile,
): { readonly suite: Suite; readonly options: PlanOptions } {
  const { backend, device, precision, threads, batchSize, stepsPerRun } = configuration;
  const workloads = suite.workloads
    .filter(({ name, kind }) => `${name}:${kind}` === identity.workload)
    .map((workload): Workload =>
      "batchSizes" in workload
        ? {
            ...workload,
            batchSizes: [batchSize],
            ...("stepsPerRun" in workload && stepsPerRun !== undefined
              ? { stepsPerRun: [stepsPerRun] }
              : {}),
          }
        : workload,
    );
  return {
    suite: { ...suite, workloads },
    options: {
      backends: [backend],
      devices: [device],
      precisions: [precision as Precision],
      threads: [threads ?? "auto"],
    },
  };
}

/**
 * The trials of a plan with the settings that a plan does not know.
 *
 * @throws {UsageError} if the device or its engine is not the tuned one
 */
export function withTunedSettings(plan: Plan, path: string, file: TunedFile): Plan {
  const { engine, optimizer } = file.configuration;
  const trials = plan.trials.map((trial): PlannedTrial => {
    const found = differences(file.identity.device, deviceFacts(trial.device));
    if (found.length > 0) {
      throw new UsageError(
        `${path}: tuned file must be of this device and engine, got ${found.join("; ")}; tune again`,
      );
    }
    const options = {
      ...trial.config.options,
      ...engine,
      ...(optimizer === undefined ? {} : { optimizer: JSON.stringify(optimizer) }),
    };
    return {
      ...trial,
      ...(engine === undefined ? {} : { engine }),
      ...(optimizer === undefined ? {} : { optimizer: optimizer as NamedConfig }),
      config: {
        ...trial.config,
        ...(Object.keys(options).length === 0 ? {} : { options }),
      },
    };
  });
  return { ...plan, trials };
}

function configurationOf(trial: PlannedTrial): TunedConfiguration {
  const { backend, device, config, engine, optimizer, stepsPerRun } = trial;
  return {
    backend,
    device: device.id,
    precision: config.precision,
    batchSize: config.batchSize,
    ...(config.threads === undefined ? {} : { threads: config.threads }),
    ...(stepsPerRun === undefined ? {} : { stepsPerRun }),
    ...(engine === undefined ? {} : { engine }),
    ...(optimizer === undefined
      ? {}
      : { optimizer: typeof optimizer === "string" ? { name: optimizer } : optimizer }),
  };
}

function modelHash({ models }: Suite, workload: Workload): string | undefined {
  const name = "model" in workload ? workload.model : undefined;
  const model = name === undefined ? undefined : models[name];
  if (model === undefined) return undefined;
  return createHash("sha256").update(modelText(model.spec)).digest("hex");
}
