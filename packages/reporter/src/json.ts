// The record itself as a report, for programs.

import { stringifyRecord } from "@fastgpu/results";
import type { RunRecord } from "@fastgpu/results";

/**
 * The record as indented JSON with a final line end; `parseRecord` of @fastgpu/results reads it back.
 *
 * @throws RecordError when a number is not finite
 */
export function renderJson(record: RunRecord): string {
  return `${stringifyRecord(record, 2)}\n`;
}
