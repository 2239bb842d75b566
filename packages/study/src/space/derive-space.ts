// The space of a workload, from what its suite allows and what the devices offer. A suite may replace or drop any part.
import { availableParallelism } from "node:os";
import { UsageError } from "@fastgpu/core";
import type { TuneParameter, Workload } from "@fastgpu/bench";
import type { Configuration, ParameterDeclaration, SpaceDeclaration } from "@fastgpu/tuner";
import { optimizerParameters } from "@fastgpu/tuner";
import type { Goal } from "../goal/goal.ts";
import { metricOf } from "../goal/metric.ts";
import { settingParts, settingRules } from "./device-settings.ts";
import { inOrder, onlyOn, type Part, type StudyDevice, type Value } from "./part.ts";

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
  if (unknown !== undefined && parallel.includes(unknown)) {
    throw new UsageError(
      `${request.where(unknown)}: parameter ${unknown} must have a runtime that splits work over devices, got one that does not yet; search the device itself with "device": true`,
    );
  }
  if (unknown !== undefined) {
    const known = [...built.keys()].join(", ");
    throw new UsageError(
      `${request.where(unknown)}: parameter must be one of ${known} for this workload and its devices, got "${unknown}"`,
    );
  }
  const kept = [...parts].flatMap(([name, part]) => {
    const own = withinSpace(part, parts);
    return own === undefined ? [] : [[name, own] as const];
  });
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

/** Parameters of parallel strategies, for which there are spaces and a simulated objective but no trials yet. */
const parallel: readonly string[] = ["batchSplit", "microBatches", "parallelStrategy", "cuts"];

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

/**
 * The conditions of a part on parameters that are searched, with the values that these have: a condition on anything else
 * holds by itself. Undefined for a part that can never be active.
 */
function withinSpace(part: Part, parts: ReadonlyMap<string, Part>): Part | undefined {
  const { when = {}, ...rest } = part.declaration;
  const left = Object.entries(when).flatMap(([parent, wanted]) => {
    const found = parts.get(parent)?.declaration;
    if (found === undefined) return [];
    const values = [wanted].flat();
    const had = "values" in found ? values.filter((value) => found.values.includes(value)) : values;
    return [[parent, had] as const];
  });
  if (left.some(([, values]) => values.length === 0)) return undefined;
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
