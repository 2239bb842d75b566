// `compare base.json head.json`: two records that were made before.
import { resolve } from "node:path";
import {
  comparisonSchema,
  compareRecords,
  completeComparison,
  unpairedNotice,
  type Comparison,
  type RunRecord,
  type SideIdentity,
} from "@fastgpu/results";
import type { Context } from "../context.ts";
import { openGate } from "../gate-options.ts";
import { readRecord } from "../read-record.ts";
import type { CompareOptions } from "./compare-options.ts";

/**
 * Compares two records.
 *
 * @throws {UsageError} if a file is not there
 * @throws {RecordError} if one is damaged, of another version, or of another suite
 */
export async function compareStored(
  baseName: string,
  headName: string,
  options: CompareOptions,
  context: Context,
): Promise<Comparison> {
  const base = await readRecord(resolve(context.workingFolder, baseName));
  const head = await readRecord(resolve(context.workingFolder, headName));
  const configs = head.trials.map(({ config }) => config);
  const gate = await openGate(options, head.environment, configs, context);
  const [first] = configs;
  const benchmarks = compareRecords(base, head, gate.settings, {
    margins: options.margin ?? {},
    noiseFloors: first === undefined ? {} : gate.noiseFloors(first),
  });
  const partial = [[baseName, base] as const, [headName, head] as const].flatMap(
    ([name, { status }]) => (status === "partial" ? [`${name} was cut short`] : []),
  );
  return completeComparison(
    {
      schema: comparisonSchema,
      startedAt: head.startedAt,
      suite: head.suite.name,
      design: "unpaired",
      base: identity(baseName, base),
      head: identity(headName, head),
      environment: head.environment,
      settings: gate.settings,
      notices: [unpairedNotice, ...partial, ...gate.notices],
    },
    benchmarks,
    { status: "complete", finishedAt: new Date().toISOString() },
  );
}

function identity(name: string, { environment, git }: RunRecord): SideIdentity {
  return {
    name,
    ...(git === undefined ? {} : { commit: git.commit }),
    fastgpu: environment.fastgpu,
    fingerprint: environment.fingerprint,
  };
}
