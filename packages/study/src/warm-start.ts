// The trials of an earlier study as a start for another: of the same workload on the same machine and devices, whatever has
// become of the space, the goal and the suite's other parts.
import { UsageError } from "@fastgpu/core";
import { problemOfStudy, studyStateOf, type Observation, type StudyHeader } from "@fastgpu/tuner";
import { readStudyFile } from "./study-file.ts";

/** An earlier study and what the new one can use of it. */
export interface WarmStart {
  readonly study: string;
  /** Trials that lie in the new space and have its metrics. */
  readonly earlier: readonly Observation[];
}

/** Facts that must not differ: a model of another machine says nothing of this one. */
const sameFacts = ["workload", "machine", "devices"] as const;

/**
 * Reads the trials of a journal that a study with this header can start from.
 *
 * @throws {UsageError} naming what differs, or if there is no journal or nothing in it to start from
 * @throws {DataError} if the journal is damaged
 */
export async function readWarmStart(path: string, header: StudyHeader): Promise<WarmStart> {
  const lines = await readStudyFile(path);
  if (lines === undefined) {
    throw new UsageError(`--warm-start: there must be a journal of a study, got none at ${path}`);
  }
  const { header: before, trials } = studyStateOf(lines);
  for (const fact of sameFacts) {
    const [old = "none", now = "none"] = [before.subject[fact], header.subject[fact]];
    if (old === now) continue;
    throw new UsageError(
      `--warm-start: the earlier study must have the ${fact} of this one, ${now}, got ${old} in ${path}; start without it`,
    );
  }
  const { space } = problemOfStudy(header);
  const needed = [...header.objectives, ...header.bounds].map(({ metric }) => metric);
  const told = trials.flatMap(({ configuration, outcome, fidelity }): Observation[] =>
    outcome === undefined
      ? []
      : [{ configuration, outcome, ...(fidelity === undefined ? {} : { fidelity }) }],
  );
  const earlier = told.filter(
    ({ configuration, outcome }) =>
      space.has(configuration) &&
      (outcome.kind !== "ok" || needed.every((metric) => outcome.values[metric] !== undefined)),
  );
  if (earlier.length === 0) {
    throw new UsageError(
      `--warm-start: the earlier study must have trials in this study's space, got none of ${told.length} in ${path}; start without it`,
    );
  }
  return { study: before.studyId, earlier };
}
