// The error class of this package. It imports nothing, the core included, so it has its own class with the
// same shape: a stable `code` and a one-line message.

/** Stable codes: a malformed record, a record of another format, a bad argument of a statistic. */
export type RecordErrorCode = "RECORD_INVALID" | "RECORD_VERSION" | "STATISTICS";

/** A record cannot be read or written, or a statistic is not defined for its input. */
export class RecordError extends Error {
  readonly code: RecordErrorCode;

  /**
   * @param code - stable code of the failure
   * @param message - `<where>: <rule that must hold>, got <values>[; <what to do>]`
   * @param options - the underlying error, when there is one
   */
  constructor(code: RecordErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "RecordError";
    this.code = code;
  }
}
