// The versioned record of one run: what was measured, on what machine, with every sample kept.
// These types and schema/record.v2.json say the same thing; a test holds them together.
// Not here: how anything is measured (package bench) and how it is shown (package reporter).

import type { TrialRecord } from "./trial.ts";

/** Name and version of this record format; the `schema` field of every record. */
export const recordSchema = "fastgpu.record/2" as const;

/** One run of a suite: its context and one entry per trial. Times are integer ns, sizes bytes. */
export interface RunRecord extends RunHeader {
  /** `complete`: every planned trial has an outcome. `partial`: the run was cut short. */
  readonly status: RunStatus;
  /** ISO 8601 instant in UTC; absent when the run was cut short before it could write one. */
  readonly finishedAt?: string;
  /** In the order of the plan. Ids are unique. */
  readonly trials: readonly TrialRecord[];
}

/** Whether a run came to its planned end. */
export type RunStatus = "complete" | "partial";

/** What is known before the first trial; the first line of a journal. */
export interface RunHeader {
  readonly schema: typeof recordSchema;
  /** Unique per run, safe as a file name. */
  readonly runId: string;
  /** ISO 8601 instant in UTC. */
  readonly startedAt: string;
  readonly suite: SuiteIdentity;
  /** Base seed of the run; each trial states the seed it used itself. */
  readonly seed: number;
  readonly environment: Environment;
  /** Absent when the run was not started inside a git work tree. */
  readonly git?: GitState;
  /** Number of planned trials, so that a partial record says what is missing. */
  readonly plannedTrials: number;
}

/** Which suite was run. Two runs are the same work only when the hashes agree. */
export interface SuiteIdentity {
  readonly name: string;
  /** Lower-case hex SHA-256 of the suite after defaults were filled in. */
  readonly hash: string;
  /** File the suite was read from; absent for a shipped suite. */
  readonly path?: string;
}

/** State of the user's work tree when the run started. */
export interface GitState {
  readonly commit: string;
  /** True when tracked files differed from the commit. */
  readonly dirty: boolean;
  readonly branch?: string;
}

/** The machine and software a run was made on. */
export interface Environment {
  readonly os: { readonly platform: string; readonly release: string; readonly arch: string };
  readonly cpu: {
    readonly model: string;
    /** Logical cores this process may use. */
    readonly cores: number;
    /** Frequency governor, as in Linux cpufreq; absent where the platform does not tell. */
    readonly powerGovernor?: string;
  };
  readonly memoryBytes: number;
  /** Node version without the leading v. */
  readonly node: string;
  readonly fastgpu: string;
  /** Engine package or library name to version, as in `{ "onnxruntime-node": "1.23.0" }`. */
  readonly engines: Readonly<Record<string, string>>;
  readonly gpus: readonly GpuInfo[];
  /** Lower-case hex hash of `fingerprintText(environment)`; equal = records may be compared. */
  readonly fingerprint: string;
}

/** One GPU as its platform names it. */
export interface GpuInfo {
  readonly name: string;
  readonly vendor?: string;
  readonly memoryBytes?: number;
  readonly driver?: string;
  readonly uuid?: string;
  readonly powerLimitWatts?: number;
}

/**
 * The text a fingerprint is the hash of: everything that changes speed and nothing that does not
 * (no GPU uuid, so two equal machines agree).
 *
 * @returns One line per fact, sorted; the same text for the same facts in any order of keys.
 */
export function fingerprintText(environment: Omit<Environment, "fingerprint">): string {
  const { os, cpu, gpus, engines } = environment;
  const lines = [
    `os ${os.platform} ${os.release} ${os.arch}`,
    `cpu ${cpu.model} x${cpu.cores}`,
    `governor ${cpu.powerGovernor ?? "unknown"}`,
    `memory ${environment.memoryBytes}`,
    `node ${environment.node}`,
    ...Object.entries(engines).map(([name, version]) => `engine ${name} ${version}`),
    ...gpus.map(describeGpu),
  ];
  return lines.sort().join("\n");
}

function describeGpu(gpu: GpuInfo): string {
  const memory = gpu.memoryBytes ?? "unknown";
  const power = gpu.powerLimitWatts ?? "unknown";
  return `gpu ${gpu.name} memory ${memory} driver ${gpu.driver ?? "unknown"} power ${power}`;
}
