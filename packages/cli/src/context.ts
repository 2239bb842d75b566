// What a command may use of the outside world. Commands get it as an argument, so that nothing in them
// reaches for a global.

/** The surroundings of one call of the command line. */
export interface Context {
  /** Takes the result and nothing else. */
  readonly stdout: NodeJS.WriteStream;
  /** Takes progress, notices and errors. */
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths are resolved against it. */
  readonly workingFolder: string;
  /** Aborted by the first Ctrl-C; a command ends in order then. */
  readonly signal: AbortSignal;
  /** Milliseconds of a steady clock. */
  readonly nowMs: () => number;
  /** The wall clock, for the names of output folders. */
  readonly today: () => Date;
}
