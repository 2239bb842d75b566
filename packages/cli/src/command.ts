// The contract of a command: one file in commands/, loaded only when its name is given.
import type { Command } from "commander";
import type { Context } from "./context.ts";
import type { ExitCode } from "./exit-code.ts";

/** A command of `fastgpu-bench`. */
export interface CommandDefinition {
  /** Adds arguments, options and examples. `--json`, `--verbose` and `--help` are added to every command. */
  configure(command: Command): void;
  /**
   * Does the work. `command` has the parsed arguments and options. Results go to stdout, all else to stderr.
   *
   * @throws {UsageError} for input that only shows here to be wrong
   */
  execute(context: Context, command: Command): Promise<ExitCode>;
}

/** A command's line in the list of commands. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandDefinition>;
}

/** Options which every command has. */
export interface SharedOptions {
  /** The result as exactly one JSON document on stdout. */
  readonly json?: true;
  /** Stack traces with errors. */
  readonly verbose?: true;
}

/** Lines that show how a command is used, for the end of its help. */
export function examples(...lines: readonly (readonly [call: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([call]) => call.length));
  return [
    "",
    "Examples:",
    ...lines.map(([call, meaning]) => `  ${call.padEnd(width)}  # ${meaning}`),
  ].join("\n");
}
