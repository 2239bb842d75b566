// The space of a workload, from what its suite allows and what the devices offer. A suite may replace or drop any part.
import { availableParallelism } from "node:os";
import { UsageError, type DeviceInfo } from "@fastgpu/core";
import type { TuneParameter, Workload } from "@fastgpu/bench";
import type { Configuration, ParameterDeclaration, SpaceDeclaration } from "@fastgpu/tuner";
import { optimizerParameters } from "@fastgpu/tuner";
import type { Goal } from "../goal/goal.ts";
import { metricOf } from "../goal/metric.ts";

/** A device under the name that it has in a space. */
export interface StudyDevice {
  /** `backend/id`. */
  readonly name: string;
  /** The backend as it was asked for. */
  readonly backend: string;
  readonly info: DeviceInfo;
}

/** What a space is derived from. */
export interface SpaceRequest {
  readonly workload: Workload;
  readonly devices: readonly [StudyDevice, ...StudyDevice[]];
  readonly goal: Goal;
  readonly parameters: Readonly<Record<string, TuneParameter>>;
  readonly rules: readonly string[];
  /** Where a parameter stands, for messages. */
  readonly where: (parameter: string) => string;
}

/** A space and the default configuration in it. */
export interface DerivedSpace {
  readonly space: SpaceDeclaration;
  readonly baseline: Configuration;
}

/** A parameter and its value in the default configuration; absent where the default has none. */
interface Part {
  readonly declaration: ParameterDeclaration;
  readonly fallback?: Value;
}

type Value = string | number | boolean;

/**
 * Derives the space.
 *
 * @throws {UsageError} for a parameter that the workload and devices do not have, or a default that is left out
 */
export function deriveSpace(request: SpaceRequest): DerivedSpace {
  const built = builtInParts(request);
  const parts = new Map<string, Part>();
  for (const [name, part] of built) {
    const wish = request.parameters[name];
    const isOptional = optional.includes(name);
    if (wish === false || (wish === undefined && isOptional && !isWanted(name, request))) continue;
    parts.set(
      name,
      wish === undefined || wish === true ? part : replaced(name, part, wish, request),
    );
  }
  const unknown = Object.keys(request.parameters).find((name) => !built.has(name));
  if (unknown !== undefined) {
    const known = [...built.keys()].join(", ");
    throw new UsageError(
      `${request.where(unknown)}: parameter must be one of ${known} for this workload and its devices, got "${unknown}"`,
    );
  }
  // A condition on a parameter that is not searched holds by itself.
  const kept = [...parts].map(([name, part]) => [name, withoutMissing(part, parts)] as const);
  const parameters = Object.fromEntries(kept.map(([name, part]) => [name, part.declaration]));
  if (kept.length === 0) {
    throw new UsageError(
      `tune: there must be something to search, got no parameter with more than one value; add "tune": { "parameters": { "batchSize": [1, 8, 64] } } to the suite`,
    );
  }
  const constraints = [...request.rules, ...settingRules(request.devices, parameters)];
  return {
    space: { parameters, ...(constraints.length === 0 ? {} : { constraints }) },
    baseline: baselineOf(kept),
  };
}

/** Parameters that change what is computed, not only how fast; searched only where the goal says how well. */
const optional: readonly string[] = [
  "precision",
  "optimizer",
  "learningRate",
  "schedule",
  "weightDecay",
];

function isWanted(name: string, { goal, workload }: SpaceRequest): boolean {
  const metrics = [...goal.objectives, ...goal.bounds].map(({ metric }) => metricOf(metric));
  const judgesAccuracy = metrics.some(({ isAccuracy }) => isAccuracy);
  if (name === "precision") return judgesAccuracy || workload.matrix.precisions.length > 1;
  return goal.objectives.some(
    ({ metric }) => metric === "timeToAccuracy" || metricOf(metric).isAccuracy,
  );
}

function builtInParts(request: SpaceRequest): Map<string, Part> {
  const { workload, devices } = request;
  const parts = new Map<string, Part>();
  const add = (name: string, part: Part | undefined): void => {
    if (part !== undefined) parts.set(name, part);
  };
  add(
    "device",
    listed(
      devices.map(({ name }) => name),
      "categorical",
    ),
  );
  add("precision", precisionPart(workload));
  add("batchSize", batchPart(request));
  add("threads", threadsPart(devices));
  for (const [name, part] of settingParts(devices)) add(name, part);
  if (workload.kind === "train-step" || workload.kind === "train-to-accuracy") {
    const values = ["auto", 1, 2, 4, 8, 16, 32];
    add("stepsPerRun", { declaration: { kind: "ordinal", values }, fallback: "auto" });
  }
  if (workload.kind === "train-to-accuracy") {
    for (const [name, { declaration, fallback }] of Object.entries(optimizerParameters())) {
      add(name, { declaration, ...(fallback === undefined ? {} : { fallback }) });
    }
  }
  return parts;
}

function precisionPart({ kind, matrix }: Workload): Part | undefined {
  if (kind === "model") return undefined;
  const given = matrix.precisions;
  const usual =
    kind === "inference" ? (["f32", "f16", "int8"] as const) : (["f32", "mixed", "f16"] as const);
  return listed(given.length > 1 ? given : usual, "categorical");
}

/** Powers of two around the suite's sizes, unless the whole goal is about a batch. */
function batchPart({ workload, goal }: SpaceRequest): Part | undefined {
  if (!("batchSizes" in workload) || "op" in workload) return undefined;
  const [first = 1] = workload.batchSizes;
  if (goal.objectives.every(({ metric }) => metricOf(metric).isPerBatch)) return undefined;
  const largest = Math.max(256, ...workload.batchSizes);
  const powers = Array.from({ length: 13 }, (_, power) => 2 ** power).filter((n) => n <= largest);
  const sizes = [...new Set([...powers, ...workload.batchSizes])].sort((a, b) => a - b);
  return { declaration: { kind: "ordinal", values: sizes }, fallback: first };
}

/** One thread per core is what engines take by themselves. */
function threadsPart(devices: readonly StudyDevice[]): Part | undefined {
  const cores = availableParallelism();
  const counts = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128].filter((n) => n < cores);
  const hosts = devices.filter(({ info }) => info.kind === "cpu");
  if (counts.length === 0 || hosts.length === 0) return undefined;
  const declaration: ParameterDeclaration = {
    kind: "ordinal",
    values: [...counts, cores],
    ...onlyOn(hosts, devices),
  };
  return { declaration, fallback: cores };
}

/** What devices offer, each where its devices are. The values of a setting are those of all its devices. */
function settingParts(devices: readonly StudyDevice[]): Map<string, Part> {
  const parts = new Map<string, Part>();
  const names = new Set(devices.flatMap(({ info }) => Object.keys(info.settings ?? {})));
  for (const setting of names) {
    const owners = devices.filter(({ info }) => info.settings?.[setting] !== undefined);
    const values = [...new Set(owners.flatMap(({ info }) => info.settings?.[setting] ?? []))];
    const [fallback] = values;
    if (values.length < 2 || fallback === undefined) continue;
    parts.set(parameterName(setting), {
      declaration: { ...inOrder(values), ...onlyOn(owners, devices) },
      fallback,
    });
  }
  return parts;
}

/** A device is not asked for a value that only another one lists; sizes are everybody's. */
function settingRules(
  devices: readonly StudyDevice[],
  parameters: SpaceDeclaration["parameters"],
): readonly string[] {
  const text = JSON.stringify;
  return devices.flatMap(({ name, info }) =>
    Object.entries(info.settings ?? {}).flatMap(([setting, own]) => {
      const parameter = parameterName(setting);
      const declaration = parameters[parameter];
      if (declaration?.kind !== "categorical" || !Object.hasOwn(parameters, "device")) return [];
      if (declaration.values.every((value) => own.includes(value))) return [];
      const values = own.map((value) => text(value)).join(", ");
      return [`device != ${text(name)} || oneOf(${parameter}, ${values})`];
    }),
  );
}

/** Numbers in their order, what is left to the engine before them; other values have no order. */
function inOrder(values: readonly Value[]): { kind: "ordinal" | "categorical"; values: Value[] } {
  const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  const others = values.filter((value) => typeof value !== "number");
  const isOrdered = numbers.length > 0 && others.every((value) => value === "auto");
  return isOrdered
    ? { kind: "ordinal", values: [...others, ...numbers] }
    : { kind: "categorical", values: [...values] };
}

/** A setting's name as a parameter's: letters, digits and underscores only. */
export function parameterName(setting: string): string {
  return setting.replace(/\W+/g, "_");
}

function onlyOn(
  owners: readonly StudyDevice[],
  devices: readonly StudyDevice[],
): Pick<ParameterDeclaration, "when"> {
  return owners.length === devices.length
    ? {}
    : { when: { device: owners.map(({ name }) => name) } };
}

function listed(values: readonly string[], kind: "categorical" | "ordinal"): Part | undefined {
  const [fallback] = values;
  if (fallback === undefined || values.length < 2) return undefined;
  return { declaration: { kind, values }, fallback };
}

/** A part as the suite wishes it; a list without the default value gets it, because the proof is held against it. */
function replaced(
  name: string,
  part: Part,
  wish: Exclude<TuneParameter, boolean>,
  { where }: SpaceRequest,
): Part {
  const { when } = part.declaration;
  const condition = when === undefined ? {} : { when };
  if (!isList(wish)) {
    return { ...part, declaration: { ...condition, ...wish } as unknown as ParameterDeclaration };
  }
  const { fallback } = part;
  const known = "values" in part.declaration ? part.declaration.values : [];
  const isSized = part.declaration.kind === "ordinal";
  // Numbers that nobody listed may be sizes all the same, words may not.
  const sample =
    (isSized ? known.find((value) => typeof value === "number") : undefined) ?? fallback;
  const isOdd = (value: unknown): boolean =>
    typeof value !== typeof (sample ?? value) && !known.some((one) => one === value);
  const odd = wish.find(isOdd);
  if (odd !== undefined) {
    const kinds = new Map([sample, fallback ?? sample].map((one) => [typeof one, one]));
    const examples = [...kinds.values()].map((one) => JSON.stringify(one)).join(" or ");
    throw new UsageError(
      `${where(name)}: values must be of the kind of ${examples}, got ${JSON.stringify(odd)}`,
    );
  }
  const isClosed = part.declaration.kind === "categorical";
  const unknown = isClosed ? wish.find((value) => !known.includes(value)) : undefined;
  if (unknown !== undefined && name !== "precision") {
    throw new UsageError(
      `${where(name)}: values must be of ${known.join(", ")}, got ${JSON.stringify(unknown)}`,
    );
  }
  const all = [...new Set([...wish, ...(fallback === undefined ? [] : [fallback])])];
  return { ...part, declaration: { ...inOrder(all), ...condition } };
}

function isList(wish: Exclude<TuneParameter, boolean>): wish is readonly Value[] {
  return Array.isArray(wish);
}

function withoutMissing(part: Part, parts: ReadonlyMap<string, Part>): Part {
  const { when, ...rest } = part.declaration;
  const left = Object.entries(when ?? {}).filter(([parent]) => parts.has(parent));
  const declaration = {
    ...rest,
    ...(left.length === 0 ? {} : { when: Object.fromEntries(left) }),
  } as ParameterDeclaration;
  return { ...part, declaration };
}

/** The default of every part whose condition the defaults of its parents meet. */
function baselineOf(parts: readonly (readonly [string, Part])[]): Configuration {
  const values = new Map<string, Value>();
  for (const [name, { declaration, fallback }] of parts) {
    const isActive = Object.entries(declaration.when ?? {}).every(([parent, wanted]) => {
      const value = values.get(parent);
      return value !== undefined && [wanted].flat().includes(value);
    });
    if (isActive && fallback !== undefined) values.set(name, fallback);
  }
  return Object.fromEntries(values);
}
