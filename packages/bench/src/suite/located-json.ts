// JSON text with the place of every value, so that an error about a value can point at its line.
import { findNodeAtLocation, parseTree, printParseErrorCode, type ParseError } from "jsonc-parser";
import { SuiteError } from "@fastgpu/core";

/** Keys and indices that lead to a value. */
export type JsonPath = readonly (string | number)[];

/** A parsed file that knows where its values stand. */
export interface LocatedJson {
  readonly value: unknown;
  /** `file:line:column` of the value, or of the closest one around it; lines and columns from 1. */
  at(path: JsonPath): string;
}

/**
 * Parses strict JSON.
 *
 * @param file - name of the file for messages
 * @throws {SuiteError} pointing at the first character that is no JSON, or at a key that stands there twice
 */
export function parseLocatedJson(text: string, file: string): LocatedJson {
  const lines = lineStarts(text);
  const place = (offset: number): string => {
    const line = lines.findLastIndex((start) => start <= offset);
    return `${file}:${line + 1}:${offset - (lines[line] ?? 0) + 1}`;
  };
  const errors: ParseError[] = [];
  const options = { disallowComments: true, allowTrailingComma: false };
  const root = parseTree(text, errors, options);
  const [error] = errors;
  if (error !== undefined || root === undefined) {
    const rule = error === undefined ? "" : ` (${words(printParseErrorCode(error.error))})`;
    throw new SuiteError(
      `${place(error?.offset ?? 0)}: must be JSON, got ${shown(text, error?.offset ?? 0)}${rule}`,
    );
  }
  return {
    // Its own parse of the same text: keys such as __proto__ stay plain data.
    value: JSON.parse(text) as unknown,
    at: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const node = findNodeAtLocation(root, path.slice(0, length));
        if (node !== undefined) return place(node.offset);
      }
      return place(root.offset);
    },
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}

/** `CommaExpected` -> `comma expected`. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

function shown(text: string, offset: number): string {
  const rest = text.slice(offset, offset + 24).split("\n", 1)[0] ?? "";
  return rest === ""
    ? offset >= text.length
      ? "the end of the file"
      : "a line end"
    : JSON.stringify(rest);
}
