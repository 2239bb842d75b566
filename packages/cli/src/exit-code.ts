// What the exit code of the command line says; scripts and CI rely on these numbers.

/** Exit codes by meaning. */
export const exitCodes = {
  ok: 0,
  /** A conformance case failed, or a benchmark regressed. */
  disagreed: 1,
  /** Usage, configuration or input is wrong; nothing was measured. */
  badInput: 2,
  /** The run ended in order, but no trial has a result, or two states are not comparable. */
  nothingMeasured: 3,
  /** A comparison is undecided and was asked to be strict. */
  undecided: 4,
  /** At least one trial crashed, ran out of memory or timed out; the others are in the record. */
  crashed: 5,
  /** A fault in FastGPU itself (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Stopped by Ctrl-C (128 + SIGINT). */
  interrupted: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
