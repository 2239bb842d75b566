// What a stream can show: a live display, colours, how wide.

/** The part of a writable stream that this package needs; `process.stderr` fits. */
export interface TerminalStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** How to write to a stream. */
export interface TerminalStyle {
  /** Whether lines may be rewritten in place. */
  readonly isInteractive: boolean;
  readonly color: boolean;
  /** Columns; 80 when the stream does not tell. */
  readonly width: number;
}

/**
 * Finds out how to write to a stream. Not interactive: no terminal, `CI` set or `TERM=dumb`. No colour
 * with `NO_COLOR` (https://no-color.org: set and not empty); colour without a terminal only with
 * `FORCE_COLOR` other than 0.
 *
 * @param environment - as `process.env`
 */
export function terminalStyle(
  stream: TerminalStream,
  environment: Readonly<Record<string, string | undefined>>,
): TerminalStyle {
  const isSet = (name: string) => (environment[name] ?? "") !== "";
  const isTerminal = stream.isTTY === true && environment["TERM"] !== "dumb";
  const isForced = isSet("FORCE_COLOR") && environment["FORCE_COLOR"] !== "0";
  const isCi = isSet("CI") && environment["CI"] !== "false";
  return {
    isInteractive: isTerminal && !isCi,
    color: !isSet("NO_COLOR") && (isTerminal || isForced),
    width: stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80,
  };
}
