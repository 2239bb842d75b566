// Runs conformance cases on a device and reports each one; skips are data and are checked like results.
import { UsageError, type Device } from "@fastgpu/core";
import type { ConformanceCase } from "./case.ts";
import { conformanceCases } from "./cases/all.ts";

/** Cases that a backend is known to fail. A skipped case still runs: once it passes, the skip is an error. */
export interface Skip {
  /** Why, in words of a user: the limit of the engine, with a link if there is one. */
  readonly reason: string;
  /** Exact names of cases. */
  readonly cases: readonly string[];
}

/** How to run the suite. */
export interface ConformanceOptions {
  /** Runs only the cases whose name it accepts; all by default. */
  readonly filter?: (name: string) => boolean;
  readonly skips?: readonly Skip[];
  /** Called after each case, in order. */
  readonly onCase?: (outcome: CaseOutcome) => void;
  /** Checked between cases; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What became of one case. */
export interface CaseOutcome {
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped, one line. */
  readonly reason?: string;
  /** For passed cases: largest error as a share of the tolerance, 0 to 1. */
  readonly worstRatio?: number;
}

/** The result of a run; plain JSON. */
export interface ConformanceReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cases: readonly CaseOutcome[];
}

/**
 * Runs the cases shared by all backends on an open device, one after another.
 *
 * @param device - any implementation of the port, in this process or behind a connection to another one
 * @throws {UsageError} if a skip names a case that does not exist, or two skips the same one
 */
export function runConformance(
  device: Device,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  return runCases(device, conformanceCases(), options);
}

/** Runs a list of cases; see `runConformance`. */
export async function runCases(
  device: Device,
  cases: readonly ConformanceCase[],
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const { filter = () => true, skips = [], onCase, signal } = options;
  const reasons = skipReasons(cases, skips);
  const outcomes: CaseOutcome[] = [];
  for (const candidate of cases) {
    if (!filter(candidate.name)) continue;
    signal?.throwIfAborted();
    const outcome = await runCase(device, candidate, reasons.get(candidate.name));
    outcomes.push(outcome);
    onCase?.(outcome);
  }
  return reportOf(outcomes);
}

/**
 * Runs one case.
 *
 * @param skipReason - why it is expected to fail, if it is
 */
export async function runCase(
  device: Device,
  { name, run }: ConformanceCase,
  skipReason?: string,
): Promise<CaseOutcome> {
  try {
    const result = await run(device);
    if (result.kind === "notApplicable") {
      return { name, status: "skipped", reason: result.reason };
    }
    if (skipReason === undefined) return { name, status: "passed", worstRatio: result.worstRatio };
    const reason = `a skipped case must still fail, got a pass; remove the skip "${skipReason}"`;
    return { name, status: "failed", reason };
  } catch (error) {
    if (skipReason !== undefined) return { name, status: "skipped", reason: skipReason };
    const text = error instanceof Error ? error.message : String(error);
    return { name, status: "failed", reason: text.replace(/\s+/g, " ").trim() };
  }
}

/**
 * The reason of each skipped case, by name.
 *
 * @throws {UsageError} for names that are unknown or given twice
 */
export function skipReasons(
  cases: readonly ConformanceCase[],
  skips: readonly Skip[],
): ReadonlyMap<string, string> {
  const known = new Set(cases.map(({ name }) => name));
  const reasons = new Map<string, string>();
  for (const { reason, cases: names } of skips) {
    for (const name of names) {
      if (!known.has(name) || reasons.has(name)) {
        const problem = known.has(name) ? `"${name}" twice` : `the unknown case "${name}"`;
        throw new UsageError(`skips: each must name a case of the suite once, got ${problem}`);
      }
      reasons.set(name, reason);
    }
  }
  return reasons;
}

/** Counts outcomes. */
export function reportOf(cases: readonly CaseOutcome[]): ConformanceReport {
  const count = (status: CaseOutcome["status"]): number =>
    cases.filter((outcome) => outcome.status === status).length;
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped"), cases };
}
