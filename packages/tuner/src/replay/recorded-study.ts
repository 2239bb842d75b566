// A finished study as a recorded space: what it measured can judge other strategies, best after an exhaustive search.
import { DataError } from "@fastgpu/core";
import type { StudyLine } from "../study/study-line.ts";
import type { Configuration } from "../space/declaration.ts";
import type { RecordedPoint, RecordedSpace } from "./recorded-space.ts";

/**
 * The trials of a study's journal. The value is the first objective; one that was to be made large counts as its
 * reciprocal, so that fractions of the optimum stay what they are. Of a configuration that was told twice the first
 * result counts.
 *
 * @throws {DataError} without a header or without a single result
 */
export function recordedSpaceOfStudy(lines: readonly StudyLine[], name: string): RecordedSpace {
  const [first] = lines;
  if (first?.kind !== "header") {
    throw new DataError(
      `${name}: first line must be a header of a study, got ${first?.kind ?? "none"}`,
    );
  }
  const { space, objectives } = first.header;
  const [{ metric, direction }] = objectives;
  const asked = new Map<number, Configuration>();
  const points = new Map<string, RecordedPoint>();
  for (const line of lines) {
    if (line.kind === "ask" && (line.fidelity ?? 1) === 1)
      asked.set(line.trial, line.configuration);
    if (line.kind !== "tell") continue;
    const configuration = asked.get(line.trial);
    if (configuration === undefined) continue;
    const key = JSON.stringify(Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (points.has(key)) continue;
    const { outcome } = line;
    if (outcome.kind !== "ok") {
      const failure = outcome.kind === "failed" ? outcome.cause : outcome.reason;
      points.set(key, { configuration, failure });
      continue;
    }
    const { value } = outcome.values[metric]!;
    points.set(key, { configuration, value: direction === "minimize" ? value : 1 / value });
  }
  if (![...points.values()].some(({ value }) => value !== undefined)) {
    throw new DataError(
      `${name}: study must have at least one result, got none in ${points.size} trials`,
    );
  }
  return { name, parameters: space.parameters, points: [...points.values()] };
}
