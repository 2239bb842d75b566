// The argument parser's complaints in the one-line form of all our errors.
import type { CommanderError } from "commander";
import { exitCodes } from "./exit-code.ts";
import type { Failure } from "./failure.ts";

/** What a kind of complaint means, from the parser's own sentence. */
const rules: Readonly<Record<string, (sentence: string) => string>> = {
  "commander.unknownOption": (sentence) =>
    `option must be one that --help lists, got ${quoted(sentence)}`,
  "commander.missingArgument": (sentence) =>
    `argument <${quoted(sentence)}> must be given, got none`,
  "commander.optionMissingArgument": (sentence) =>
    `option ${quoted(sentence)} must have a value, got none`,
  "commander.excessArguments": (sentence) => {
    const [, expected = "", got = ""] = /Expected (\d+) \w+ but got (\d+)/.exec(sentence) ?? [];
    return `at most ${expected} arguments can be given, got ${got}`;
  },
};

/**
 * Describes a complaint of the parser.
 *
 * @param where - name of the command
 */
export function usageFailure(error: CommanderError, where: string): Failure {
  const parts = /^(?:error: )?([^]*?)(?:\n\(Did you mean (?:one of )?(.+)\?\))?$/.exec(
    error.message,
  );
  const [, sentence = error.message, guess] = parts ?? [];
  const hint = guess === undefined ? `see ${where} --help` : `did you mean ${guess}?`;
  const rule = rules[error.code]?.(sentence) ?? sentence;
  return {
    code: "USAGE",
    message: `${where}: ${rule}; ${hint}`,
    exitCode: exitCodes.badInput,
    stack: error.stack ?? rule,
  };
}

function quoted(sentence: string): string {
  return /'([^']*)'/.exec(sentence)?.[1] ?? sentence;
}
