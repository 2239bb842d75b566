// What a study is asked to do: the suite's tune section, over it the caller's choices, and defaults under both.
import { UsageError } from "@fastgpu/core";
import type { Sampling, Suite, TuneFile, TuneParameter, Workload } from "@fastgpu/bench";
import { strategyNames } from "@fastgpu/tuner";
import { parseGoal, type Goal, type PlacedText } from "./goal/goal.ts";

/** What a caller chooses over the suite; absent = as the suite says. Plain data: a journal keeps it. */
export interface TuneChoices {
  /** Name of the workload, or `name:kind`. */
  readonly workload?: string;
  readonly objectives?: readonly string[];
  readonly constraints?: readonly string[];
  readonly parameters?: Readonly<Record<string, TuneParameter>>;
  readonly strategy?: string;
  readonly seed?: number;
  readonly backends?: readonly string[];
  readonly devices?: readonly string[];
  readonly modelPath?: string;
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Fresh processes at most for one trial of the search. */
  readonly repeats?: number;
  readonly trialTimeoutMs?: number;
}

/** How long a study goes on; may be raised when it is resumed. */
export interface TuneLimits {
  readonly trials?: number;
  readonly budgetMs?: number;
  /** Rounds of the proof; 0 = none. */
  readonly rounds?: number;
}

/** Everything decided. */
export interface TuneTask {
  /** With the limits of a search instead of those of a measurement. */
  readonly workload: Workload;
  readonly goal: Goal;
  readonly parameters: Readonly<Record<string, TuneParameter>>;
  readonly rules: readonly string[];
  readonly strategy: string;
  readonly seed: number;
  readonly repeats: number;
  readonly trials: number;
  readonly budgetMs?: number;
  readonly rounds: number;
  /** Where a part of the tune section stands, for messages. */
  readonly where: (path: string) => string;
}

/** A search compares by the thousand what a measurement states to the percent; the proof makes up for it. */
const searchSampling: Sampling = {
  minIterations: 20,
  minElapsedNs: 300_000_000,
  maxElapsedNs: 10_000_000_000,
  maxWarmupNs: 1_500_000_000,
  maxWarmupIterations: 200,
  trialTimeoutMs: 120_000,
};

const defaults = { trials: 40, repeats: 3, rounds: 10 };

/**
 * Decides.
 *
 * @throws {UsageError} at the line of the suite or the flag that breaks a rule
 */
export function decideTask(suite: Suite, choices: TuneChoices, limits: TuneLimits): TuneTask {
  const { tune } = suite;
  const where = (path: string): string => tune?.places[path] ?? `--${flagOf(path)}`;
  const workload = chooseWorkload(suite, choices.workload ?? tune?.workload, where("workload"));
  const objectives = placed("objectives", choices.objectives, tune?.objectives, where);
  const constraints = placed("constraints", choices.constraints, tune?.constraints, where);
  const strategy = choices.strategy ?? tune?.strategy ?? strategyNames[0] ?? "random";
  if (!strategyNames.includes(strategy)) {
    const place = choices.strategy === undefined ? where("strategy") : "--strategy";
    const names = strategyNames.join(", ");
    throw new UsageError(`${place}: strategy must be one of ${names}, got "${strategy}"`);
  }
  const budgetMs = limits.budgetMs ?? (tune?.budgetSeconds && tune.budgetSeconds * 1000);
  return {
    workload: { ...workload, sampling: samplingOf(tune, choices) },
    goal: parseGoal(workload.kind, objectives, constraints),
    parameters: { ...tune?.parameters, ...choices.parameters },
    rules: tune?.rules ?? [],
    strategy,
    seed: choices.seed ?? suite.seed,
    repeats: choices.repeats ?? tune?.repeats ?? defaults.repeats,
    trials: limits.trials ?? tune?.trials ?? defaults.trials,
    ...(budgetMs === undefined ? {} : { budgetMs }),
    rounds: limits.rounds ?? tune?.rounds ?? defaults.rounds,
    where,
  };
}

function chooseWorkload({ workloads }: Suite, wanted: string | undefined, where: string): Workload {
  const named = (each: Workload): string => `${each.name}:${each.kind}`;
  const fitting = workloads.filter(
    (each) => wanted === undefined || wanted === each.name || wanted === named(each),
  );
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first;
  const list = workloads.map(named).join(", ");
  const got = wanted === undefined ? "none" : `"${wanted}"`;
  const rule = first === undefined ? "must be one of" : "must name one of";
  throw new UsageError(`${where}: workload ${rule} ${list}, got ${got}; give --workload`);
}

function placed(
  name: "objectives" | "constraints",
  flags: readonly string[] | undefined,
  written: readonly string[] | undefined,
  where: (path: string) => string,
): readonly PlacedText[] {
  if (flags !== undefined) return flags.map((text) => ({ text, where: `--${flagOf(name)}` }));
  return (written ?? []).map((text, i) => ({ text, where: where(`${name}.${i}`) }));
}

/** `constraints.0` -> `constraint`, the flag of that part. */
function flagOf(path: string): string {
  return path.replace(/\..*$/, "").replace(/s$/, "");
}

function samplingOf(tune: TuneFile | undefined, { trialTimeoutMs }: TuneChoices): Sampling {
  const given = tune?.sampling ?? {};
  const ns = (seconds: number | undefined, fallback: number): number =>
    seconds === undefined ? fallback : Math.round(seconds * 1e9);
  const timeoutMs =
    trialTimeoutMs ?? (given.trialTimeoutSeconds && given.trialTimeoutSeconds * 1000);
  return {
    minIterations: given.minIterations ?? searchSampling.minIterations,
    minElapsedNs: ns(given.minSeconds, searchSampling.minElapsedNs),
    maxElapsedNs: ns(given.maxSeconds, searchSampling.maxElapsedNs),
    maxWarmupNs: ns(given.maxWarmupSeconds, searchSampling.maxWarmupNs),
    maxWarmupIterations: given.maxWarmupIterations ?? searchSampling.maxWarmupIterations,
    trialTimeoutMs: Math.round(timeoutMs ?? searchSampling.trialTimeoutMs),
  };
}
