// Writing to stdout: a result as text or as one JSON document, and a reader that goes away early.
import type { SharedOptions } from "./command.ts";
import type { Context } from "./context.ts";

/** A result in both of its forms; only the one that is asked for is made. */
export interface Result {
  readonly json: () => unknown;
  readonly text: () => string;
}

/** Writes a result, as JSON with `--json`. */
export function printResult(context: Context, options: SharedOptions, result: Result): void {
  const text = options.json === true ? JSON.stringify(result.json(), undefined, 2) : result.text();
  context.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/**
 * Lets a reader such as `head` close the pipe: what it did not want is dropped, the rest of the work goes on.
 * Without a listener the stream's error would end the program with a stack trace.
 */
export function tolerateClosedPipe(...streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    });
  }
}
