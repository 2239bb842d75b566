// Writing records: RunRecord -> text. Reading is in read.ts, which loads the schema checker.

import { RecordError } from "./errors.ts";
import type { RunRecord } from "./record.ts";

/**
 * A record as JSON text.
 *
 * @param indent - spaces per level; 0 = one line
 * @throws {@link RecordError} RECORD_INVALID when a number is NaN or infinite, which JSON cannot say
 */
export function stringifyRecord(record: RunRecord, indent = 0): string {
  return JSON.stringify(
    record,
    (key, value: unknown) => {
      if (typeof value !== "number" || Number.isFinite(value)) return value;
      throw new RecordError("RECORD_INVALID", `record: ${key} must be finite, got ${value}`);
    },
    indent,
  );
}
