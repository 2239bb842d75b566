// `compile({ tuned })`: the choices of a study, taken only for the model, machine and engine that they were made for.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { DataError, precisionPolicies, UsageError, type DeviceInfo } from "@fastgpu/core";
import type { ModelSpec, Precision } from "@fastgpu/core";
import { deviceFacts, hostFacts } from "@fastgpu/runtime";
import { differences, modelText, parseTuned, type TunedFile } from "@fastgpu/tuner";
import type { CompileOptions, OptimizerOption } from "./compile-options.ts";

/** A tuned file that is in use. */
export interface TunedUse {
  readonly path: string;
  readonly file: TunedFile;
  readonly allowOther: boolean;
}

/** Settings of an engine by name. */
export type EngineSettings = NonNullable<TunedFile["configuration"]["engine"]>;

/**
 * Reads the file that options name, if they name one.
 *
 * @throws {DataError} if it cannot be read
 * @throws {UsageError} if it is of another model or machine
 */
export async function readTuned(
  { tuned }: CompileOptions,
  spec: ModelSpec,
): Promise<TunedUse | undefined> {
  if (tuned === undefined) return undefined;
  const path = typeof tuned === "string" ? tuned : tuned.file;
  const allowOther = typeof tuned === "string" ? false : (tuned.allowOther ?? false);
  const file = parseTuned(await textOf(path), path);
  const model = createHash("sha256").update(modelText(spec)).digest("hex");
  if (file.identity.model !== model) {
    throw new UsageError(
      `compile: tuned file must be of this model, got ${path} of ${file.identity.workload} in suite ${file.identity.suite}; tune this model`,
    );
  }
  const use = { path, file, allowOther };
  requireSame(use, differences(file.identity.host, hostFacts()));
  return use;
}

/** @throws {UsageError} if the device is not the one that was tuned, unless the caller accepts that */
export function requireTunedDevice(use: TunedUse, info: DeviceInfo): void {
  requireSame(use, differences(use.file.identity.device, deviceFacts(info)));
}

/** How this machine and device differ from those of the file; empty if they do not. */
export function tunedDifferences({ file }: TunedUse, info: DeviceInfo): readonly string[] {
  return [
    ...differences(file.identity.host, hostFacts()),
    ...differences(file.identity.device, deviceFacts(info)),
  ];
}

/** The options with the choices of the file where they make none. */
export function withTuned(options: CompileOptions, use: TunedUse | undefined): CompileOptions {
  if (use === undefined) return options;
  const { backend, device, threads, precision, stepsPerRun, optimizer } = use.file.configuration;
  return {
    backend,
    device,
    precision: precisionOf(precision),
    ...(threads === undefined ? {} : { threads }),
    ...(stepsPerRun === undefined ? {} : { stepsPerRun }),
    ...(optimizer === undefined ? {} : { optimizer: optimizer as OptimizerOption }),
    ...options,
  };
}

function precisionOf(name: string): Precision {
  if (Object.hasOwn(precisionPolicies, name)) return name as Precision;
  const names = Object.keys(precisionPolicies).join(", ");
  throw new UsageError(`compile: tuned precision must be one of ${names}, got "${name}"`);
}

function requireSame({ path, allowOther }: TunedUse, found: readonly string[]): void {
  if (found.length === 0 || allowOther) return;
  throw new UsageError(
    `compile: tuned file must be of this machine and engine, got ${path} with ${found.join("; ")}; tune here, or give tuned: { file, allowOther: true }`,
  );
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DataError(`${path}: tuned file must be readable, got ${code ?? String(error)}`, {
      cause: error,
    });
  }
}
