// Parsing: finds the command by name, loads that one alone, and turns the parser's complaints into our one-line form.
import { Command, CommanderError } from "commander";
import type { CommandEntry, SharedOptions } from "./command.ts";
import type { Context } from "./context.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { describeFailure, failureText, type Failure } from "./failure.ts";
import { suggest } from "./suggest.ts";
import { usageFailure } from "./usage.ts";
import { ownManifest } from "./version.ts";

const name = "fastgpu-bench";
const closing = `
Exit codes:
  0  ok                            4    undecided, with compare --strict
  1  regression, or case failed    5    a trial failed, crashed or timed out
  2  usage or input is wrong       130  stopped by Ctrl-C
  3  nothing was measured, or not comparable

Examples:
  fastgpu-bench run quickstart               # train and measure a small model
  fastgpu-bench doctor                       # what this machine can use, and what is missing
  fastgpu-bench run --help                   # all options of a command`;

/**
 * Runs the command line once.
 *
 * @param args - without node and script
 * @returns the exit code; errors are on stderr already
 */
export async function runProgram(
  args: readonly string[],
  table: readonly CommandEntry[],
  context: Context,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const program = createProgram(context);
  const given = commandWord(args);
  const entry = table.find((row) => row.name === given);
  const where = entry === undefined ? name : `${name} ${entry.name}`;
  try {
    if (given !== undefined && entry === undefined) throw unknownCommand(given, table);
    for (const row of table) {
      const command = program.command(row.name).description(row.summary);
      if (row !== entry) continue;
      const definition = await row.load();
      definition.configure(command);
      addSharedOptions(command);
      command.action(async () => {
        exitCode = await definition.execute(context, command);
      });
    }
    if (args.length === 0) program.help();
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const failure =
      error instanceof CommanderError ? usageFailure(error, where) : describeFailure(error);
    printFailure(failure, args, context);
    return failure.exitCode;
  }
}

function createProgram(context: Context): Command {
  const program = new Command(name)
    .description("Train and measure neural networks on every engine a machine has.")
    .version(ownManifest().version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .addHelpText("after", closing)
    .exitOverride()
    .configureHelp({ helpWidth: Math.min(100, context.stdout.columns || 100) })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // Complaints come as exceptions; printing them here too would say everything twice.
      writeErr: () => undefined,
      outputError: () => undefined,
    });
  return program;
}

function addSharedOptions(command: Command): void {
  command
    .option("--json", "print the result as one JSON document")
    .option("--verbose", "print stack traces with errors")
    .helpOption("-h, --help", "print help with examples");
}

// The parser would load every command to know its options. The command is the first word that is no option,
// or with `help` the one after it.
function commandWord(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((word) => !word.startsWith("-"));
  return first === "help" ? second : first;
}

function unknownCommand(given: string, table: readonly CommandEntry[]): CommanderError {
  const names = table.map((row) => row.name);
  const guess = suggest(given, names);
  const rule = `command must be one of ${names.join(", ")}, got ${given}`;
  const message = guess === undefined ? rule : `${rule}\n(Did you mean ${guess}?)`;
  return new CommanderError(exitCodes.badInput, "fastgpu.unknownCommand", message);
}

function printFailure(failure: Failure, args: readonly string[], context: Context): void {
  const isSet = (option: keyof SharedOptions): boolean => args.includes(`--${option}`);
  const { code, message } = failure;
  context.stderr.write(failureText(failure, isSet("verbose")));
  // A script that reads JSON gets JSON also when things go wrong.
  if (isSet("json")) context.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
}
