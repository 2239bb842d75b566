// Progress through a list of many short things: a count that is redrawn in a terminal, nothing elsewhere.
import type { TerminalStyle } from "@fastgpu/reporter";

/** A count under way. */
export interface Counter {
  /** One more is done; a line given here stays on the screen, in a terminal only. */
  advance(line?: string): void;
  /** Removes the count. */
  close(): void;
}

const frameMs = 100;

/** Starts counting, to `total` where that is known. */
export function createCounter(
  stream: NodeJS.WriteStream,
  style: TerminalStyle,
  total?: number,
): Counter {
  if (!style.isInteractive) return { advance: () => undefined, close: () => undefined };
  let done = 0;
  let drawnMs = -Infinity;
  const clear = (): void => {
    stream.write("\r\u001B[K");
  };
  return {
    advance: (line) => {
      done += 1;
      const nowMs = performance.now();
      if (line === undefined && nowMs - drawnMs < frameMs) return;
      drawnMs = nowMs;
      clear();
      if (line !== undefined) stream.write(`${line}\n`);
      stream.write(total === undefined ? `${done}` : `${done}/${total}`);
    },
    close: clear,
  };
}
